import { fromOption } from "../model/facts.js";
import { option } from "../options/names.js";
import { globMatcher, type PathMatcher } from "../text/glob.js";

/** Why a file of the MMAR is left out of the bundle; one line of the summary each. */
interface Omission {
  readonly reason: string;
}

/** What the user wants in or out, as globs on paths relative to the MMAR's root. */
interface SelectionOptions {
  /** Takes back what would be left out. */
  readonly include: readonly string[];
  /** Leaves out; wins over `include`. */
  readonly exclude: readonly string[];
  /** Path of the checkpoint, if it is to be left out. */
  readonly omitCheckpoint: string | undefined;
  /** Path that the bundle itself will have, if that is in the MMAR. */
  readonly target: string | undefined;
  /** Folders of evaluation outputs, relative to the root. */
  readonly evalFolders: readonly string[];
  /** Paths that inference or its environment names: never leftovers. */
  readonly named: ReadonlySet<string>;
  /** Why weights that are not named are left out. */
  readonly unnamed?: string;
}

/** Says why a path is left out, or undefined where it goes into the bundle. */
export type Selection = (path: string) => Omission | undefined;

/** What training and people leave behind in an MMAR, by kind. */
const LEFT_BEHIND_GLOBS: readonly (readonly [reason: string, globs: readonly string[]])[] = [
  ["TensorBoard events", ["**/events.out.tfevents.*"]],
  ["logs", ["**/*.log", "**/nohup.out", "logs/**"]],
  [
    "caches",
    [
      "**/__pycache__/**",
      "**/*.py[co]",
      "**/.ipynb_checkpoints/**",
      "**/.cache/**",
      "**/.*_cache/**",
    ],
  ],
  [
    "version control",
    [
      "**/.git/**",
      "**/.git",
      "**/.svn/**",
      "**/.hg/**",
      "**/.gitignore",
      "**/.gitattributes",
      "**/.gitmodules",
      "**/.gitkeep",
    ],
  ],
  [
    "files of systems and editors",
    [
      "**/.DS_Store",
      "**/._*",
      "**/__MACOSX/**",
      "**/Thumbs.db",
      "**/desktop.ini",
      "**/*~",
      "**/*.sw[op]",
      "**/.idea/**",
      "**/.vscode/**",
      "**/.nfs*",
    ],
  ],
  [
    "made by mmar2mdai before",
    [
      "**/*.mdai.{zip,tar.gz}",
      "**/*.mdai.{zip,tar.gz}.{manifest.json,sha256}",
      "**/.mmar2mdai/**",
      "**/*.mmar2mdai-partial",
      "config/config_*.mdai.json",
      "configs/*_mdai.json",
    ],
  ],
];

const LEFT_BEHIND = LEFT_BEHIND_GLOBS.map(([reason, globs]): [string, PathMatcher] => [
  reason,
  globMatcher(globs),
]);

/** Endings of files of weights. A .ts outside of the models' folder may be anything. */
const WEIGHTS = globMatcher(["**/*.{pt,pth,ckpt}", "**/*.pth.tar", "models*/**/*.ts"]);

/**
 * Makes the rule by which files go into the bundle: what the user excludes is out, what he
 * includes is in, and of the rest the leftovers, evaluation outputs and weights that nothing
 * names are out.
 */
export function selection(options: SelectionOptions): Selection {
  const { include, exclude, omitCheckpoint, evalFolders, named } = options;
  const { unnamed = "weights that environment.json does not name" } = options;
  const excluded = globMatcher(exclude.flatMap(withContents));
  const included = globMatcher(include.flatMap(withContents));
  const reasonFor = (path: string): Omission | undefined => {
    if (excluded(path)) return { reason: fromOption("exclude") };
    if (path === options.target) return { reason: "the bundle itself" };
    if (path === omitCheckpoint)
      return { reason: `the checkpoint (${option("checkpoint", false)})` };
    if (included(path) || named.has(path)) return undefined;
    if (evalFolders.some((folder) => path.startsWith(`${folder}/`))) {
      return { reason: "evaluation outputs" };
    }
    const left = LEFT_BEHIND.find(([, matches]) => matches(path));
    if (left !== undefined) return { reason: left[0] };
    return WEIGHTS(path) ? { reason: unnamed } : undefined;
  };
  // The globs cost more than all else that is done with a name, and it is asked several times.
  const known = new Map<string, Omission | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, reasonFor(path));
    return known.get(path);
  };
}

/** The globs that none of the paths matches. */
export const globsWithoutMatch = (globs: readonly string[], paths: Iterable<string>): string[] => {
  const all = [...paths];
  return globs.filter((glob) => {
    const matches = globMatcher(withContents(glob));
    return !all.some((path) => matches(path));
  });
};

/** A glob that names a folder means all that is in it. */
function withContents(glob: string): string[] {
  const bare = glob.replace(/^\.\//, "").replace(/\/+$/, "");
  return [bare, `${bare}/**`];
}
