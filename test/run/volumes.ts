import { gzipSync } from "node:zlib";

/** An affine from voxels to RAS mm, row by row. */
export type Affine = readonly (readonly [number, number, number, number])[];

/** A gzipped NIfTI-1 file of bytes, as the report's volumes are. */
export function nifti(
  shape: readonly [number, number, number],
  affine: Affine,
  valueAt: (x: number, y: number, z: number) => number,
): Buffer {
  const [columns, rows, frames] = shape;
  const file = Buffer.alloc(352 + columns * rows * frames);
  file.writeInt32LE(348, 0);
  const put = (values: readonly number[], write: (value: number, at: number) => unknown) => {
    for (const [at, value] of values.entries()) write(value, at);
  };
  put([3, columns, rows, frames, 1, 1, 1, 1], (size, at) => file.writeInt16LE(size, 40 + 2 * at));
  file.writeInt16LE(2, 70); // unsigned bytes
  file.writeInt16LE(8, 72);
  put([1, 1, 1, 1], (size, at) => file.writeFloatLE(size, 76 + 4 * at));
  file.writeFloatLE(352, 108);
  file.writeFloatLE(1, 112);
  file.writeUInt8(2, 123); // mm
  file.writeInt16LE(1, 254); // the affine is the scanner's
  put(affine.flat(), (value, at) => file.writeFloatLE(value, 280 + 4 * at));
  file.write("n+1\0", 344, "latin1");
  let at = 352;
  for (let z = 0; z < frames; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) file[at++] = valueAt(x, y, z);
    }
  }
  return gzipSync(file);
}
