/** The base images that the builder knows (build/helper.py, API version 0.3). */
export type BaseImage = keyof typeof PYTHONS;

/** Their Pythons. That of Clara's image is believed to be 3.8, from the date of the image. */
export const PYTHONS = {
  py37: "3.7",
  py38: "3.8",
  py39: "3.9",
  py310: "3.10",
  nvidia: "3.8",
  custom: undefined,
} as const;

/** The only version of Clara Train that MD.ai's builder takes (build/helper.py, API version 0.3). */
export const CLARA_VERSION = "4.1.0";
