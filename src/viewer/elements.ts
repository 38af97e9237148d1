import { NVImage, SLICE_TYPE } from "@niivue/niivue";
import type { PageStack } from "./page-data.js";

/** An element of the page, which has it. */
export const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** The bytes that a script element holds in base64. */
const bytesOf = (id: string): Uint8Array => {
  const text = byId(id).textContent ?? "";
  return Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
};

/** A volume of the page. */
export const load = (file: string, colormap: string): Promise<NVImage> =>
  NVImage.loadFromUrl({
    // It takes bytes as well, which its types leave out.
    url: bytesOf(file) as unknown as string,
    name: `${file}.nii.gz`,
    colormap,
    cal_min: 0,
    cal_max: 255,
  });

/** Whether WebGL is drawn by the processor: 3-D then takes seconds and has to be asked for. */
export function isSlow(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}

/** Names of the views, as the page's buttons have them, with the axis that the slider moves on. */
export const VIEWS: Readonly<Record<string, { type: SLICE_TYPE; axis: number }>> = {
  all: { type: SLICE_TYPE.MULTIPLANAR, axis: 2 },
  axial: { type: SLICE_TYPE.AXIAL, axis: 2 },
  coronal: { type: SLICE_TYPE.CORONAL, axis: 1 },
  sagittal: { type: SLICE_TYPE.SAGITTAL, axis: 0 },
  render: { type: SLICE_TYPE.RENDER, axis: 2 },
};

/** What niivue tells when the crosshair moves. */
export interface Location {
  readonly mm: ArrayLike<number>;
  readonly values: readonly { readonly value: number }[];
}

/** Slices that a key moves by. */
export const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: 10,
  PageDown: -10,
};

/** The pixel that a place in RAS mm lies in, as `--click` names it; nothing beside the images. */
export function pixelText({ affine, images }: PageStack, mm: ArrayLike<number>): string {
  const [right, down, through] = [0, 1, 2].map((column) =>
    affine.slice(0, 3).map((row) => row[column] ?? 0),
  ) as [Place, Place, Place];
  const from = affine.slice(0, 3).map((row, axis) => (mm[axis] ?? 0) - (row[3] ?? 0)) as Place;
  const whole = dot(right, cross(down, through));
  const [x, y, frame] = [cross(down, through), cross(through, right), cross(right, down)].map(
    (across) => Math.round(dot(from, across) / whole),
  );
  const image = images[frame ?? -1];
  return image === undefined || whole === 0 ? "" : `; image ${image}, x ${x}, y ${y}`;
}

type Place = readonly [number, number, number];

const dot = (a: Place, b: Place): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const cross = (a: Place, b: Place): Place => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
