import { inflateSync } from "node:zlib";
import { type Opened, PATIENCE } from "./browser.js";

/** Waits until the volumes are drawn. */
export async function ready({ page }: Opened): Promise<void> {
  await page.waitForSelector('#viewer[data-state="ready"]', { timeout: PATIENCE });
}

/** What stands beside the slider. */
export const sliceText = ({ page }: Opened) => page.textContent("#slice-text");

/** How much of the canvas has which colour, and where, from 0 to 1. */
export async function colours({ page }: Opened) {
  // Twice: what a control asked for is drawn with the next frame.
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
  );
  const { width, height, pixels } = decodePng(
    await page.locator("#canvas").screenshot({ timeout: PATIENCE }),
  );
  const kinds = { red: tally(), blue: tally(), green: tally(), grey: tally() };
  let drawn = 0;
  for (let at = 0; at < width * height; at++) {
    const [r = 0, g = 0, b = 0] = pixels.subarray(at * 3, at * 3 + 3);
    if (r + g + b > 30) drawn++;
    const kind =
      r > g + 40 && r > b + 40 && g > 20
        ? "red"
        : b > r + 40 && b > g + 20
          ? "blue"
          : g > r + 30 && g > b + 20
            ? "green"
            : Math.max(r, g, b) - Math.min(r, g, b) < 6 && r > 30
              ? "grey"
              : undefined;
    if (kind === undefined) continue;
    const found = kinds[kind];
    found.count++;
    found.x += (at % width) / width;
    found.y += Math.floor(at / width) / height;
    found.level += r;
  }
  const shares = Object.entries(kinds).map(([name, { count, x, y, level }]) => {
    const most = Math.max(count, 1);
    // A few pixels of that colour are text or the crosshair.
    const share = count / Math.max(drawn, 1);
    return [
      name,
      { share: share < 0.002 ? 0 : share, x: x / most, y: y / most, level: level / most },
    ] as const;
  });
  return Object.fromEntries(shares) as Record<
    keyof typeof kinds,
    { share: number; x: number; y: number; level: number }
  >;
}

const tally = () => ({ count: 0, x: 0, y: 0, level: 0 });

/** The RGB pixels of a PNG of 8 bits without interlacing, as Chromium writes them. */
function decodePng(file: Buffer): { width: number; height: number; pixels: Buffer } {
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const bytes = file[25] === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; ) {
    const size = file.readUInt32BE(at);
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + size));
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * bytes;
  const rows = Buffer.alloc(stride * height);
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x >= bytes ? (rows[y * stride + x - bytes] ?? 0) : 0;
      const up = y > 0 ? (rows[(y - 1) * stride + x] ?? 0) : 0;
      const corner = y > 0 && x >= bytes ? (rows[(y - 1) * stride + x - bytes] ?? 0) : 0;
      const value = raw[y * (stride + 1) + 1 + x] ?? 0;
      rows[y * stride + x] = value + predicted(filter, left, up, corner);
    }
    for (let x = 0; x < width; x++) {
      rows.copy(pixels, (y * width + x) * 3, y * stride + x * bytes, y * stride + x * bytes + 3);
    }
  }
  return { width, height, pixels };
}

/** What a filter of a PNG expects of a byte (PNG specification, 9.2). */
function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return Math.floor((left + up) / 2);
  if (filter !== 4) return 0;
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
