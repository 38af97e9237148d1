const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/**
 * The most that is taken of anything, in one place. They are far above what models have, and so low
 * that what lies just below them takes less than 150 MB and 5 s (docs/limits.md). What pack writes
 * keeps them, and verify asks for no less, so that verify takes every bundle that pack made.
 */
export const MOST = {
  /** Files and folders of a folder or archive, and of a bundle. MMARs of NGC have some twenty. */
  entries: 3_000,
  /** Bytes of the names of all entries together, folders in them included. */
  pathBytes: 768 * KiB,
  /** Bytes of one entry's name: what Linux opens (PATH_MAX). */
  entryNameBytes: 4096,
  /** Bytes of a file's path in the model: the bundle puts its own folders in front of it. */
  modelPathBytes: 3500,
  /** Bytes of a zip's directory: names, with what zip keeps beside them. */
  zipDirectoryBytes: 16 * MiB,
  /** Bytes of a tar besides the contents: headers, long names, and what fills up the blocks. */
  tarHeaderBytes: 64 * MiB,
  /** Folders above one entry. */
  entryDepth: 100,
  modelPathDepth: 90,
  /** Bytes that an archive or bundle holds, unpacked. The largest MMAR of NGC has 1.05 GB. */
  contentBytes: 16 * GiB,
  /** How many times its own length an archive holds, where that is over 1 GiB. */
  contentRatio: 100,
  /** Bytes of the JSON files of a model that are read, together: its configs and its data list. */
  jsonBytes: 3 * MiB,
  /** Keys and values in them: a data list of 6,000 images and labels has as many. */
  jsonNodes: 30_000,
  /** How much longer the inference config for MD.ai may be than the model's own; in bytes, nodes. */
  jsonMadeBytes: MiB,
  jsonMadeNodes: 10_000,
  /** Characters that variables may add to a config. */
  expandedLength: MiB,
  /** Levels of a JSON file. Python's reader ends between this depth and twice of it. */
  jsonDepth: 500,
  /** Bytes of a file that an option names: a config file, requirements, a list. */
  userFileBytes: MiB,
  /** Bytes of a manifest, which names every entry of its bundle. */
  manifestBytes: 24 * MiB,
  /** Characters of a glob, and of all globs of a kind together. */
  globLength: 500,
  globsLength: 10_000,
} as const;
