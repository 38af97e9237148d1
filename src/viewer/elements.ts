import { NVImage } from "@niivue/niivue";

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
