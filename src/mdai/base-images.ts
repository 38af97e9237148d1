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

/**
 * The version of CUDA of the py images that bundles for a GPU ask for. PyPI's PyTorch brings its own
 * CUDA libraries (1.13.1: 11.7), so that the base image's count for nothing but one thing: the
 * driver below has to be new enough for the image to start, and then for the wheel as well. Of the
 * versions that the builder knows, 11.8 is the lowest that is not below 11.7: with an image of 11.3
 * a container could start on a driver that the wheel's CUDA is too new for, and the images of 12
 * ask for a newer driver than the wheel needs.
 */
export const CUDA_VERSION = "11.8";

/** The only version of Clara Train that MD.ai's builder takes (build/helper.py, API version 0.3). */
export const CLARA_VERSION = "4.1.0";
