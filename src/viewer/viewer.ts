import { DRAG_MODE, Niivue, type NVImage, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";
import {
  DIFFERENCE_NAMES,
  type LabelMap,
  labelMap,
  POINT_NAMES,
  windowMap,
} from "./colour-maps.js";
import { byId, isSlow, type Location, load, pixelText, STEPS, VIEWS } from "./elements.js";
import {
  DIFFERENCE_COLOURS,
  type PageClass,
  type PageData,
  type PageStack,
  type PageWindow,
  POINT_COLOURS,
} from "./page-data.js";

// The page works without this: its tables and its overview are plain HTML. This shows the volumes.

/** Shows one stack of the page at a time. */
class Viewer {
  readonly #nv: Niivue;
  readonly #hidden = new Set<number>();
  #stack: PageStack;
  #view = "all";
  #opacity = 0.5;
  #window: PageWindow | undefined;
  /** The class whose difference is shown instead of the masks. */
  #difference: number | undefined;
  /** Crosses where the user has pointed. They lie on top, and are never faint. */
  #points: NVImage | undefined;
  #pointsShown = true;

  constructor(
    private readonly data: PageData,
    nv: Niivue,
    first: PageStack,
  ) {
    this.#nv = nv;
    this.#stack = first;
    nv.onLocationChange = (location) => this.#say(location as Location);
  }

  async show(stack: PageStack): Promise<void> {
    this.#stack = stack;
    this.#window = stack.windows[0];
    this.#difference = undefined;
    const select = document.getElementById("difference") as HTMLSelectElement | null;
    if (select !== null) select.value = "";
    for (const volume of [...this.#nv.volumes]) this.#nv.removeVolume(volume);
    this.#nv.setSliceType(SLICE_TYPE.AXIAL);
    this.#setWindowMap();
    this.#nv.addVolume(await load(stack.volume, "window"));
    await this.#addMasks();
    await this.#addPoints();
    this.#fillWindows();
    this.setView(this.#view);
    this.#goToFocus();
  }

  setView(name: string): void {
    this.#view = name;
    this.#nv.setSliceType((VIEWS[name] ?? VIEWS.all)?.type ?? SLICE_TYPE.MULTIPLANAR);
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    }
    this.#syncSlider();
  }

  setWindow(index: number): void {
    this.#window = this.#stack.windows[index];
    this.#setWindowMap();
    this.#nv.updateGLVolume();
  }

  setOpacity(opacity: number): void {
    this.#opacity = opacity;
    for (const volume of this.#nv.volumes.slice(1)) {
      if (volume !== this.#points) volume.opacity = opacity;
    }
    this.#nv.updateGLVolume();
  }

  setClass(index: number, isShown: boolean): void {
    if (isShown) this.#hidden.delete(index);
    else this.#hidden.add(index);
    if (this.#difference !== undefined) return;
    this.#stack.layers.forEach(({ values }, at) => {
      this.#nv.volumes[at + 1]?.setColormapLabel(this.#classMap(values));
    });
    this.#nv.updateGLVolume();
  }

  /** Shows where a class agrees with the reference instead of the masks, or the masks again. */
  async setDifference(index: number | undefined): Promise<void> {
    this.#difference = index;
    for (const volume of this.#nv.volumes.slice(1)) this.#nv.removeVolume(volume);
    const wanted = this.#stack.differences.find(({ class_index }) => class_index === index);
    if (wanted === undefined) await this.#addMasks();
    else await this.#addLayer(wanted.file, labelMap(DIFFERENCE_COLOURS, DIFFERENCE_NAMES));
    await this.#addPoints();
  }

  setPoints(isShown: boolean): void {
    this.#pointsShown = isShown;
    this.#points?.setColormapLabel(this.#pointMap());
    this.#nv.updateGLVolume();
  }

  /** Moves the slider's plane to a slice, from 0. */
  goTo(slice: number): void {
    const { count, axis } = this.#slices();
    const place = [...this.#nv.scene.crosshairPos] as [number, number, number];
    place[axis] = (Math.min(Math.max(slice, 0), count - 1) + 0.5) / count;
    this.#nv.scene.crosshairPos = place;
    this.#nv.drawScene();
    this.#nv.createOnLocationChange();
    this.#syncSlider();
  }

  step(by: number): void {
    this.goTo(this.#slices().at + by);
  }

  /** What is on the canvas, as an image for the printer. */
  picture(): string {
    this.#nv.drawScene();
    return this.#nv.canvas?.toDataURL("image/png") ?? "";
  }

  async #addMasks(): Promise<void> {
    for (const { file, values } of this.#stack.layers) {
      await this.#addLayer(file, this.#classMap(values));
    }
  }

  async #addPoints(): Promise<void> {
    const { points } = this.#stack;
    this.#points = points === null ? undefined : await this.#addLayer(points, this.#pointMap(), 1);
  }

  #pointMap(): LabelMap {
    const isShown = POINT_NAMES.map(() => this.#pointsShown);
    return labelMap(POINT_COLOURS, POINT_NAMES, isShown);
  }

  async #addLayer(file: string, labels: LabelMap, opacity = this.#opacity): Promise<NVImage> {
    const image = await load(file, "gray");
    image.setColormapLabel(labels);
    image.opacity = opacity;
    this.#nv.addVolume(image);
    return image;
  }

  #setWindowMap(): void {
    if (this.#window === undefined) return;
    this.#nv.addColormap("window", windowMap(this.#stack.levels, this.#window));
  }

  /** Slices along the axis of the slider, and where the crosshair is. */
  #slices(): { count: number; at: number; axis: number } {
    const axis = (VIEWS[this.#view] ?? { axis: 2 }).axis;
    const count = this.#nv.volumes[0]?.dimsRAS?.[axis + 1] ?? 1;
    const place = this.#nv.scene.crosshairPos[axis] ?? 0.5;
    return { count, at: Math.min(count - 1, Math.floor(place * count)), axis };
  }

  #syncSlider(): void {
    const { count, at } = this.#slices();
    const slider = byId<HTMLInputElement>("slice");
    slider.max = String(count - 1);
    slider.value = String(at);
    slider.disabled = this.#view === "render" || count < 2;
    byId("slice-text").textContent = `${at + 1} of ${count}`;
  }

  /** Puts the crosshair where the masks are. */
  #goToFocus(): void {
    this.#nv.scene.crosshairPos = this.#nv.mm2frac([...this.#stack.focus]);
    this.#nv.drawScene();
    this.#nv.createOnLocationChange();
    this.#syncSlider();
  }

  #classMap(values: Readonly<Record<string, number>>) {
    const classes = Object.entries(values)
      .map(([index, value]) => ({ value, of: this.#class(Number(index)) }))
      .sort((one, other) => one.value - other.value);
    return labelMap(
      classes.map(({ of }) => of.colour),
      classes.map(({ of }) => of.name),
      classes.map(({ of }) => !this.#hidden.has(of.class_index)),
    );
  }

  #class(index: number): PageClass {
    const found = this.data.classes.find((one) => one.class_index === index);
    return found ?? { class_index: index, name: `class ${index}`, colour: [230, 75, 60] };
  }

  #fillWindows(): void {
    const select = byId<HTMLSelectElement>("window");
    select.replaceChildren(
      ...this.#stack.windows.map(({ name, low, high }, index) => {
        const option = document.createElement("option");
        option.value = String(index);
        option.textContent = `${name} (${Math.round(low)} to ${Math.round(high)})`;
        return option;
      }),
    );
  }

  #say({ mm, values }: Location): void {
    const level = values[0]?.value ?? 0;
    const value = this.#stack.levels[Math.round(level)] ?? 0;
    const place = [mm[0] ?? 0, mm[1] ?? 0, mm[2] ?? 0].map((part) => part.toFixed(1));
    byId("place").textContent =
      `right ${place[0]}, front ${place[1]}, up ${place[2]} mm: ${Math.round(value)}${pixelText(this.#stack, mm)}`;
    this.#syncSlider();
  }
}

async function start(): Promise<void> {
  const data = JSON.parse(byId("data").textContent ?? "") as PageData;
  const first = data.stacks[0];
  if (first === undefined) return;
  const nv = new Niivue({
    logLevel: "warn",
    backColor: [0, 0, 0, 1],
    crosshairWidth: 0.5,
    // Unlike the colours of classes.
    crosshairColor: [1, 0.9, 0.3, 1],
    isRadiologicalConvention: true,
    multiplanarShowRender: isSlow() ? SHOW_RENDER.NEVER : SHOW_RENDER.ALWAYS,
    dragMode: DRAG_MODE.pan,
    isOrientationTextVisible: true,
    isColorbar: false,
  });
  await nv.attachToCanvas(byId<HTMLCanvasElement>("canvas"), true);
  const viewer = new Viewer(data, nv, first);
  listen(viewer, data);
  await viewer.show(first);
  byId("viewer").dataset.state = "ready";
}

function listen(viewer: Viewer, data: PageData): void {
  const on = (id: string, run: (element: HTMLInputElement) => void) => {
    const element = document.getElementById(id) as HTMLInputElement | null;
    element?.addEventListener("input", () => run(element));
  };
  on("stack", ({ value }) => {
    const stack = data.stacks[Number(value)];
    if (stack !== undefined) void viewer.show(stack);
  });
  on("slice", ({ value }) => viewer.goTo(Number(value)));
  on("window", ({ value }) => viewer.setWindow(Number(value)));
  on("opacity", ({ value }) => viewer.setOpacity(Number(value) / 100));
  on("points", ({ checked }) => viewer.setPoints(checked));
  on("difference", ({ value }) => {
    void viewer.setDifference(value === "" ? undefined : Number(value));
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-view]")) {
    button.addEventListener("click", () => viewer.setView(button.dataset.view ?? "all"));
  }
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-class]")) {
    box.addEventListener("input", () => viewer.setClass(Number(box.dataset.class), box.checked));
  }
  byId("canvas").addEventListener(
    "keydown",
    (event) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      viewer.step(step);
    },
    { capture: true },
  );
  window.addEventListener("beforeprint", () => {
    byId<HTMLImageElement>("printed").src = viewer.picture();
  });
}

start().catch((error: unknown) => {
  const viewer = byId("viewer");
  viewer.dataset.state = "failed";
  const text = document.createElement("p");
  text.textContent = `The volumes can't be shown in this browser (${String(error)}). The pictures below and the tables are complete.`;
  viewer.prepend(text);
});
