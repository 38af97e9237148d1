import type { Oddity } from "../files/folder.js";
import type { OpenedInput } from "../files/open.js";
import type { SourceFile } from "../files/source-file.js";
import type { Finding } from "../findings/finding.js";
import type { GENERATIONS, ModelSpec, Overrides } from "../model/spec.js";
import type { Trust } from "../weights/trust.js";
import type { Selection } from "./selection.js";

/** A kind of thing that models come in. A new one is a folder here and a line in sources.ts. */
export interface Source {
  /** The kind, as `--json` and the manifest call it. */
  readonly name: string;
  /** What a person calls it: `MMAR`. */
  readonly title: string;
  /** How a person tells one: for the hint where none was found. */
  readonly mark: string;
  /**
   * Whether a folder looks like a model of this kind, whole or broken.
   *
   * @param paths - files below the folder, relative to it, with "/" between their parts; a folder
   *   may stand for itself, with "/" at its end. Two levels are enough.
   */
  looksLike(paths: Iterable<string>): boolean;
  /**
   * Reads the model at the root of what was opened. A bad one throws nothing: it gives findings.
   *
   * @param configs - the configs that inference runs, where they are not the usual ones
   * @throws {@link ArchiveFault} if an archive is damaged
   * @throws {@link FileChangedError} or a system error if a file can't be read to its end
   */
  read(opened: OpenedInput, configs?: readonly string[]): Promise<SourceResult>;
}

/** What reading gave: a model, if there is one, and the faults of its files. */
interface SourceResult {
  readonly model: SourceModel | undefined;
  readonly findings: readonly Finding[];
}

/** What checking a model takes besides the model. */
export interface CheckUse {
  /** Whether the checkpoint goes into the bundle. */
  readonly checkpoint: boolean;
  /** Which files go into the bundle: what is left out need not be fit. */
  readonly selection: Selection;
  /** Top names of the Python packages that are there where the model runs. */
  readonly packages: ReadonlySet<string>;
  /** What the user trusts to run code. */
  readonly trust: Trust;
}

/** How the user directs what of a model goes into the bundle. */
export interface SelectionWishes {
  /** Globs on paths relative to the model's root: what would be left out, and goes in. */
  readonly include: readonly string[];
  /** What is left out; wins over `include`. */
  readonly exclude: readonly string[];
  /** Whether the checkpoint goes in. */
  readonly checkpoint: boolean;
  /** Path that the bundle itself will have, if it comes to lie in the model's folder. */
  readonly target: string | undefined;
}

/** A model as it lies there: what was read of it, before anything is concluded. */
export interface SourceModel {
  readonly source: string;
  /** Name of its folder, or of the archive where that has no folder. */
  readonly name: string;
  /** Where the name comes from, in words. */
  readonly nameFrom: string;
  /** The folder or archive, as the user gave it. */
  readonly location: string;
  /** Its files by path, in the order of their paths. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What lies there besides readable files. */
  readonly oddities: readonly Oddity[];
  /** The generation of the program that it was made for, and what says so. */
  readonly generation: {
    readonly generation: (typeof GENERATIONS)[number];
    /** The same for a person. */
    readonly title: string;
    readonly evidence: readonly string[];
  };
  /** The version of that program, as the model states it. */
  readonly statedVersion: string | undefined;
  /** Its name in NVIDIA's catalogue, if it is one of these. */
  readonly catalogue: string | undefined;
  /** Concludes what the model is, and what about that is wrong or doubtful. */
  spec(overrides: Overrides): { spec: ModelSpec; findings: readonly Finding[] };
  /**
   * Checks whether the model is fit to be packed.
   *
   * @throws {@link FileChangedError} or a system error if a file can't be read
   */
  check(use: CheckUse): Promise<Finding[]>;
  /**
   * Checks the model as it lies in a bundle.
   *
   * @param isOurs - whether this program made the bundle: all of its rules hold then. Of others
   *   only what stops inference whatever their code does is told.
   * @param read - what reading it found
   * @throws as {@link SourceModel.check}
   */
  checkInBundle(
    isOurs: boolean,
    use: Pick<CheckUse, "packages" | "trust">,
    read: readonly Finding[],
  ): Promise<Finding[]>;
  /** The rule by which files go into the bundle. */
  select(wishes: SelectionWishes): Selection;
  /** Files that the model's configs have PyTorch load, by their paths. */
  weights(): ReadonlySet<string>;
  /** Files that inference reads, each with what needs it. */
  needed(): ReadonlyMap<string, string>;
}
