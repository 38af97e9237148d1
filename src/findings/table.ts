/** How bad a finding is: an error stops the packing, or fails a bundle; a warning does with `--strict`. */
export type Severity = "error" | "warning" | "info";

/** One row of the table of findings. `A` is what its wording needs to know. */
interface Entry<A> {
  readonly severity: Severity;
  /** What the finding is, in a few words, for a heading. */
  readonly title: string;
  /** What is so, and why it matters: one sentence. */
  readonly message: (args: A) => string;
  /** What to do. */
  readonly hint: (args: A) => string;
}

const entry = <A>(row: Entry<A>): Entry<A> => row;

interface NamedFile {
  /** The key of environment.json that names the file. */
  readonly key: string;
  /** The path as it is named. */
  readonly path: string;
  /** The command of the MMAR that makes such a file. */
  readonly command: string;
}

/** How the user gets a good copy of a file of weights. */
const madeBy = (a: NamedFile): string =>
  `Make ${a.path} with ${a.command}, or download the model again and compare its size with the source's.`;

/**
 * Every finding there is. The key is its code: stable, since reports and scripts name it.
 * docs/findings.md is made from this table.
 */
export const findingTable = {
  // ── The MMAR as a whole ────────────────────────────────────────────────────────────────
  "mmar-not-found": entry<{ path: string }>({
    severity: "error",
    title: "There is no such folder or archive",
    message: (a) => `${a.path} does not exist.`,
    hint: () =>
      "Check the path. It has to be the folder of an MMAR, the one that holds config/, or a zip or tar.gz of it.",
  }),
  "mmar-not-a-folder": entry<{ path: string; is: string }>({
    severity: "error",
    title: "The MMAR is neither a folder nor an archive",
    message: (a) => `${a.path} is no folder, and no zip or tar.gz either: ${a.is}.`,
    hint: () =>
      "Give the folder that holds config/, or a zip or tar.gz of it. Unpack the archive if it is of another kind; download it again if it should be one of these.",
  }),
  "not-an-mmar": entry<{ path: string; better: string | undefined; isArchive: boolean }>({
    severity: "error",
    title: "The folder is not an MMAR",
    message: (a) =>
      `${a.path} has neither config/environment.json nor an inference config, so it is no MMAR.`,
    hint: (a) =>
      a.better === undefined
        ? "Give the root of the MMAR: the folder that holds config/, models/ and commands/."
        : a.isArchive
          ? `Unpack the archive, and give the MMAR in it: ${a.better}`
          : `Give the MMAR in it: ${a.better}`,
  }),
  "already-a-bundle": entry<{ path: string; inner: string | undefined }>({
    severity: "error",
    title: "The input is a bundle for MD.ai already",
    message: (a) => `${a.path} holds .mdai: it is a bundle for MD.ai, not an MMAR.`,
    hint: (a) =>
      a.inner === undefined
        ? "Give the MMAR that the bundle was made from."
        : `Upload it as it is, or pack the MMAR in it anew: ${a.inner}`,
  }),
  "generation-tensorflow": entry<{ evidence: string }>({
    severity: "error",
    title: "A TensorFlow MMAR (Clara 3)",
    message: (a) =>
      `This MMAR is of Clara Train 3 (TensorFlow): ${a.evidence}. MD.ai builds Clara 4.1 only, and a TensorFlow model has no TorchScript.`,
    hint: () =>
      "Look for the model's PyTorch version on NGC (names with clara_pt_), or train it anew with Clara 4.1.",
  }),
  "generation-4-0": entry<{ evidence: string }>({
    severity: "info",
    title: "An MMAR of Clara 4.0, rewritten for 4.1",
    message: (a) =>
      `This MMAR's inference config is of Clara Train 4.0: ${a.evidence}. MD.ai builds Clara 4.1 only, so the bundle gets a rewritten one beside it.`,
    hint: () =>
      "See the change with `mmar2mdai inspect --diff`, and run the bundle on one series whose answer you know.",
  }),
  "upgrade-lambda": entry<{ what: string; arg: string; code: string }>({
    severity: "error",
    title: "Code of Clara 4.0 that can't be brought to 4.1",
    message: (a) =>
      `The ${a.arg} of ${a.what} is made for the batches of Clara 4.0 and of no form that is known, so it can't be rewritten for 4.1: ${a.code === "" ? "(none)" : a.code}`,
    hint: (a) =>
      `Write it in a known form (docs/clara-4.0.md lists them), or rewrite the config for Clara 4.1 by hand, with transforms in the place of ${a.what}.`,
  }),
  "upgrade-untranslatable": entry<{ what: string; problem: string }>({
    severity: "error",
    title: "A component of Clara 4.0 that can't be brought to 4.1",
    message: (a) => `${a.what} can't be rewritten for Clara 4.1: ${a.problem}.`,
    hint: () =>
      "Take it out if the result does not need it, or rewrite the config for Clara 4.1 by hand (docs/clara-4.0.md has the rules).",
  }),
  "generation-unknown": entry<Record<never, never>>({
    severity: "warning",
    title: "The Clara generation can't be told",
    message: () =>
      "Nothing in the MMAR says which version of Clara Train it was made for; 4.1 is assumed.",
    hint: () => 'Add "CLARA_TRAIN_VERSION": "4.1.0" to config/environment.json if that is so.',
  }),
  "clara-version": entry<{ version: string }>({
    severity: "error",
    title: "MD.ai does not build this Clara version",
    message: (a) =>
      `--clara-version is ${a.version}, but MD.ai's builder stops at any value but 4.1.0.`,
    hint: () => "Leave the option out: the bundle then asks for 4.1.0.",
  }),

  // ── An archive in the place of a folder ────────────────────────────────────────────────
  "archive-damaged": entry<{ problem: string }>({
    severity: "error",
    title: "The archive is damaged or cut off",
    message: (a) => `The archive can't be read: ${a.problem}.`,
    hint: () => "Download or make it again, and compare its size with the source's.",
  }),
  "archive-inconsistent": entry<{ problem: string }>({
    severity: "error",
    title: "The archive contradicts itself",
    message: (a) =>
      `The archive contradicts itself: ${a.problem}, so that programs disagree on what it holds.`,
    hint: () =>
      "Download it again from a source that you trust, or unpack it, look at what came out, and pack that folder.",
  }),
  "archive-entry-name": entry<{ problem: string }>({
    severity: "error",
    title: "An archive with a name that is not taken",
    message: (a) => `The name of this entry ${a.problem}; such archives are not read.`,
    hint: () =>
      "Download it again from a source that you trust, or pack the folder that it was made from.",
  }),
  "archive-entry-kind": entry<{ is: string }>({
    severity: "error",
    title: "An archive with an entry that is neither a file nor a folder",
    message: (a) => `This entry is ${a.is}, which is not taken from an archive.`,
    hint: () =>
      "Unpack the archive, put a file in the place of this entry, and pack the folder; or make the archive again with the files themselves (zip, tar --dereference --hard-dereference).",
  }),
  "archive-entry-twice": entry<{ is: string }>({
    severity: "error",
    title: "An archive with two entries of one name",
    message: (a) => `The name ${a.is}, so that programs disagree on what it means.`,
    hint: () => "Make the archive again from the folder, or pack the folder itself.",
  }),
  "archive-encrypted": entry<Record<never, never>>({
    severity: "error",
    title: "The archive is encrypted",
    message: () => "The archive is encrypted, and can't be read without its password.",
    hint: () => "Unpack it with its password, and pack the folder.",
  }),
  "archive-method": entry<{ method: string }>({
    severity: "error",
    title: "A zip with a compression method that is not supported",
    message: (a) => `This entry is compressed with ${a.method}; zips are read with Deflate only.`,
    hint: () => "Unpack the archive, and pack the folder.",
  }),
  "archive-too-large": entry<{ problem: string }>({
    severity: "error",
    title: "The archive holds far more than a model",
    message: (a) => `The archive ${a.problem}.`,
    hint: () =>
      "Check where it comes from. If it is a model all the same, unpack it, and pack the folder.",
  }),
  "archive-several-mmars": entry<{ names: string }>({
    severity: "error",
    title: "The archive holds several MMARs",
    message: (a) => `The archive holds several MMARs: ${a.names}.`,
    hint: () => "Unpack it, and give the folder of one.",
  }),
  "archive-beside": entry<{ root: string; files: number; example: string }>({
    severity: "info",
    title: "The archive holds files beside the MMAR's folder",
    message: (a) =>
      `The MMAR is the folder ${a.root} of the archive; ${a.files === 1 ? "one file lies" : `${a.files} files lie`} beside it and ${a.files === 1 ? "is" : "are"} not packed, as ${a.example}.`,
    hint: () => "Nothing needs to be done if the model does not need them.",
  }),

  // ── JSON files ─────────────────────────────────────────────────────────────────────────
  "json-encoding": entry<Record<never, never>>({
    severity: "error",
    title: "A JSON file is not UTF-8",
    message: () => "The file is not valid UTF-8, so Clara's JSON reader fails on it.",
    hint: () => "Save the file as UTF-8 without a byte order mark.",
  }),
  "json-bom": entry<Record<never, never>>({
    severity: "error",
    title: "A JSON file starts with a byte order mark",
    message: () => "The file starts with a byte order mark, which Python's JSON reader refuses.",
    hint: () => "Save the file as UTF-8 without a byte order mark.",
  }),
  "json-comment": entry<Record<never, never>>({
    severity: "error",
    title: "A comment in a JSON file",
    message: () => "JSON has no comments; Python's JSON reader stops here.",
    hint: () => "Remove the comment.",
  }),
  "json-trailing-comma": entry<Record<never, never>>({
    severity: "error",
    title: "A trailing comma in a JSON file",
    message: () => "There is a comma before a closing bracket; Python's JSON reader stops here.",
    hint: () => "Remove the comma.",
  }),
  "json-duplicate-key": entry<{ key: string; firstLine: number }>({
    severity: "error",
    title: "A key stands twice in a JSON object",
    message: (a) =>
      `"${a.key}" stands in line ${a.firstLine} already; only the last one would count, silently.`,
    hint: () => "Keep one of them.",
  }),
  "json-syntax": entry<{ problem: string }>({
    severity: "error",
    title: "A file is not JSON",
    message: (a) => `The file is not JSON: ${a.problem}.`,
    hint: () => "Mend the file here, or take it from the original MMAR.",
  }),
  "json-not-an-object": entry<{ is: string }>({
    severity: "error",
    title: "A JSON file does not hold an object",
    message: (a) => `The file holds ${a.is}, where an object ({ … }) belongs.`,
    hint: () => "Take the file from the original MMAR.",
  }),
  "json-too-large": entry<{ size: string; limit: string }>({
    severity: "error",
    title: "A JSON file is too large to be one of an MMAR",
    message: (a) =>
      `The file has ${a.size}; a config of an MMAR has a few kilobytes, and more than ${a.limit} is not read.`,
    hint: () => "Check what the file is; a data list without the training data is enough.",
  }),

  "aside-unreadable": entry<{ problem: string }>({
    severity: "warning",
    title: "A file that inference does not need can't be read",
    message: (a) => `${a.problem} Inference does not need this file; nothing is derived from it.`,
    hint: () => "Mend it, or check in the summary what was derived without it.",
  }),

  // ── environment.json ───────────────────────────────────────────────────────────────────
  "environment-missing": entry<Record<never, never>>({
    severity: "error",
    title: "environment.json is missing",
    message: () => "The MMAR has no config/environment.json, which names its weights and its task.",
    hint: () => "Take it from the original MMAR.",
  }),
  "environment-key-missing": entry<{ key: string; example: string }>({
    severity: "error",
    title: "A key of environment.json is missing",
    message: (a) => `${a.key} is missing.`,
    hint: (a) => `Add it, for example: ${a.example}`,
  }),
  "environment-key-type": entry<{ key: string; problem: string }>({
    severity: "error",
    title: "A key of environment.json has a wrong value",
    message: (a) => `${a.key} ${a.problem}.`,
    hint: () => "Correct the value.",
  }),
  "path-leaves-mmar": entry<{ key: string; path: string; how: string }>({
    severity: "error",
    title: "A path in environment.json leaves the MMAR",
    message: (a) =>
      `${a.key} is "${a.path}", ${a.how}: what lies outside of the MMAR is not in the bundle.`,
    hint: (a) =>
      `Move the file into the MMAR, and name it in ${a.key} relative to the MMAR's root.`,
  }),
  "path-outside-ignored": entry<{ key: string; path: string }>({
    severity: "info",
    title: "A path in environment.json lies outside of the MMAR, and is replaced",
    message: (a) =>
      `${a.key} is "${a.path}", outside of the MMAR; the deploy code sets it anew for every request.`,
    hint: () => "Nothing needs to be done.",
  }),

  // ── Weights ────────────────────────────────────────────────────────────────────────────
  "weights-missing": entry<NamedFile & { alternative: string | undefined }>({
    severity: "error",
    title: "The file that MMAR_CKPT or MMAR_TORCHSCRIPT names is not there",
    message: (a) => `${a.key} names ${a.path}, which is not in the MMAR.`,
    hint: (a) =>
      [`Make it with ${a.command}, or correct ${a.key}.`, a.alternative].filter(Boolean).join(" "),
  }),
  "weights-not-a-file": entry<NamedFile>({
    severity: "error",
    title: "MMAR_CKPT or MMAR_TORCHSCRIPT names a folder",
    message: (a) => `${a.key} names ${a.path}, which is a folder.`,
    hint: (a) => `Name the file in it: ${a.key} is a file, MMAR_CKPT_DIR is the folder.`,
  }),
  "weights-empty": entry<NamedFile>({
    severity: "error",
    title: "A file of weights is empty",
    message: (a) => `${a.path} (${a.key}) has no bytes.`,
    hint: madeBy,
  }),
  "weights-lfs-pointer": entry<NamedFile>({
    severity: "error",
    title: "A file of weights is a Git LFS pointer",
    message: (a) =>
      `${a.path} (${a.key}) is a Git LFS pointer, a few lines of text in the place of the weights.`,
    hint: () => "Run `git lfs install && git lfs pull` in the repository that it came from.",
  }),
  "weights-html": entry<NamedFile>({
    severity: "error",
    title: "A file of weights is a web page",
    message: (a) =>
      `${a.path} (${a.key}) is an HTML page, most likely a log-in or error page saved by a download.`,
    hint: madeBy,
  }),
  "weights-truncated": entry<NamedFile & { problem: string }>({
    severity: "error",
    title: "A file of weights is cut off or damaged",
    message: (a) =>
      `${a.path} (${a.key}) begins as a PyTorch archive but can't be read to its end: ${a.problem}.`,
    hint: madeBy,
  }),
  "weights-swapped": entry<NamedFile & { is: string; wanted: string }>({
    severity: "error",
    title: "A checkpoint stands where a TorchScript should, or the other way round",
    message: (a) => `${a.path} (${a.key}) is a ${a.is}, where a ${a.wanted} belongs.`,
    hint: (a) => `Name the ${a.wanted} in ${a.key}; ${a.command} makes it.`,
  }),
  "weights-unknown": entry<NamedFile & { starts: string }>({
    severity: "error",
    title: "A file of weights is of no known form",
    message: (a) =>
      `${a.path} (${a.key}) is neither a PyTorch archive nor a pickle; it starts with ${a.starts}.`,
    hint: madeBy,
  }),
  "weights-not-used": entry<{ used: string }>({
    severity: "error",
    title: "Inference needs the checkpoint that is to be left out",
    message: (a) =>
      `--no-checkpoint leaves out the checkpoint, but the inference config loads ${a.used}.`,
    hint: () =>
      'Let the config load the TorchScript ("model": {"ts_path": "{MMAR_TORCHSCRIPT}"}), or leave the option out.',
  }),

  // ── Files ──────────────────────────────────────────────────────────────────────────────
  "symlink-outside": entry<{ target: string }>({
    severity: "error",
    title: "A symbolic link leads out of the MMAR",
    message: (a) =>
      `The link leads to ${a.target}, outside of the MMAR, so its file is not in the bundle.`,
    hint: () =>
      "Put the file itself in the place of the link, or leave the link out with --exclude.",
  }),
  "symlink-broken": entry<{ target: string }>({
    severity: "error",
    title: "A symbolic link leads nowhere",
    message: (a) => `The link leads to ${a.target}, which does not exist or is a loop.`,
    hint: () => "Remove the link, or leave it out with --exclude.",
  }),
  "symlink-folder": entry<{ target: string }>({
    severity: "error",
    title: "A symbolic link to a folder",
    message: (a) => `The link leads to the folder ${a.target}; the bundle holds no links.`,
    hint: () =>
      "Put the folder itself in the place of the link, or leave the link out with --exclude.",
  }),
  "symlink-inside": entry<{ target: string }>({
    severity: "info",
    title: "A symbolic link within the MMAR is packed as the file it leads to",
    message: (a) => `The link leads to ${a.target}; the bundle holds a copy of that file.`,
    hint: () => "Nothing needs to be done.",
  }),
  unreadable: entry<{ problem: string }>({
    severity: "error",
    title: "A file or folder can't be read",
    message: (a) => `It can't be read: ${a.problem}.`,
    hint: () => "Give yourself the right to read it, or leave it out with --exclude.",
  }),
  "special-file": entry<{ is: string }>({
    severity: "error",
    title: "Neither a file nor a folder",
    message: (a) => `This is a ${a.is}; an archive can't hold it.`,
    hint: () => "Remove it, or leave it out with --exclude.",
  }),
  "file-changed": entry<Record<never, never>>({
    severity: "error",
    title: "A file changed while it was read",
    message: () => "The file changed or vanished while it was read, so the work was given up.",
    hint: () => "Wait until whatever writes it is done, and try again.",
  }),
  "name-not-archivable": entry<{ problem: string }>({
    severity: "error",
    title: "A file name that can't go into an archive",
    message: (a) => `The name ${a.problem}, so it can't go into the archive as it is.`,
    hint: () => "Rename the file, or leave it out with --exclude.",
  }),
  "name-case-clash": entry<{ other: string }>({
    severity: "warning",
    title: "Two names that differ only in case",
    message: (a) =>
      `The name differs from ${a.other} only in case: where case does not count, one overwrites the other.`,
    hint: () => "Rename one of them.",
  }),
  "needed-file-excluded": entry<{ why: string }>({
    severity: "error",
    title: "A file that inference needs is left out",
    message: (a) => `--exclude leaves out this file, but ${a.why}.`,
    hint: () => "Make the glob narrower.",
  }),

  // ── The inference config ───────────────────────────────────────────────────────────────
  "inference-config-missing": entry<Record<never, never>>({
    severity: "error",
    title: "The inference config is missing",
    message: () => "The MMAR has no config/config_inference.json, which says how inference runs.",
    hint: () => "Take it from the original MMAR; an MMAR of Clara 4.1 has one.",
  }),
  "inference-config-made": entry<{ from: string }>({
    severity: "warning",
    title: "The inference config is made from a validation config",
    message: (a) =>
      `The MMAR has no config/config_inference.json; the bundle gets one made from ${a.from}, without labels and metrics.`,
    hint: () =>
      "Check it with `mmar2mdai inspect --diff`, and run the bundle on one series whose answer you know.",
  }),
  "inference-config-broken": entry<{ problem: string }>({
    severity: "error",
    title: "The inference config lacks something",
    message: (a) => `The inference config ${a.problem}, so Clara can't run it.`,
    hint: () => "Compare it with the config of the original MMAR.",
  }),
  "variable-unknown": entry<{ variable: string }>({
    severity: "error",
    title: "A variable that nothing sets",
    message: (a) =>
      `{${a.variable}} is set neither in this config nor in environment.json, so Clara stops at it.`,
    hint: (a) => `Add "${a.variable}" to config/environment.json, or correct its name here.`,
  }),
  "custom-component-missing": entry<{ path: string; looked: string }>({
    severity: "error",
    title: "A component of your own is not in the MMAR",
    message: (a) => `The config uses ${a.path}, but there is no ${a.looked} in the MMAR.`,
    hint: () =>
      "Put the Python file into custom/, or name the package that holds it with --requirement.",
  }),
  "custom-component": entry<{ path: string; file: string }>({
    severity: "info",
    title: "A component of your own",
    message: (a) => `The config uses ${a.path}, which is in ${a.file}.`,
    hint: () => "What it imports has to be in the Clara image, or be named with --requirement.",
  }),
  "no-saver": entry<Record<never, never>>({
    severity: "error",
    title: "The inference config saves nothing",
    message: () =>
      "The inference config has no SaveImaged in post_transforms (nor a SegmentationSaver handler), so there is no mask to read.",
    hint: () =>
      'Add {"name": "SaveImaged", "args": {"keys": "pred", "meta_keys": "pred_meta_dict", "output_dir": "{MMAR_EVAL_OUTPUT_PATH}"}} as the last of post_transforms.',
  }),
  "saver-form": entry<{ problem: string }>({
    severity: "error",
    title: "The saver writes a file that the deploy code can't read",
    message: (a) => `The saver ${a.problem}.`,
    hint: () => "Let it write NIfTI (.nii.gz or .nii).",
  }),
  "not-inverted": entry<{ transform: string }>({
    severity: "error",
    title: "The image is cropped, padded or turned, and the result is not turned back",
    message: (a) =>
      `${a.transform} changes where the image's voxels lie, but post_transforms have no Invertd: MONAI 0.8.1 saves the mask with the whole image's affine, so it comes to lie elsewhere.`,
    hint: () =>
      'Add {"name": "Invertd", "args": {"keys": "pred", "transform": "@pre_transforms", "orig_keys": "image", "meta_keys": "pred_meta_dict", "nearest_interp": false, "to_tensor": true}} to post_transforms, before AsDiscreted.',
  }),
  "output-form-unclear": entry<{ why: string; assumed: string }>({
    severity: "warning",
    title: "The form of the output is not certain",
    message: (a) => `${a.why}, so the form of the output is not certain; taken: ${a.assumed}.`,
    hint: () => "Run the bundle on one series whose answer you know before you trust it.",
  }),
  "image-key-unclear": entry<{ assumed: string }>({
    severity: "warning",
    title: "The key of the image is not certain",
    message: (a) =>
      `No loader in pre_transforms says which key holds the image; taken: "${a.assumed}".`,
    hint: () => "Check pre_transforms: LoadImaged should stand first, with its keys.",
  }),
  "needs-more-than-image": entry<{ keys: string }>({
    severity: "error",
    title: "Inference asks for more than an image",
    message: (a) => `pre_transforms load ${a.keys} besides the image, which MD.ai does not supply.`,
    hint: () =>
      "Take labels and clicks out of the inference config; models that need them (annotation, deepgrow) can't run on MD.ai.",
  }),

  "no-classification-saver": entry<Record<never, never>>({
    severity: "error",
    title: "The inference config of a classifier saves nothing",
    message: () =>
      "The inference config has no ClassificationSaver among its handlers, so there are no scores to read.",
    hint: () =>
      `Add {"name": "ClassificationSaver", "args": {"output_dir": "{MMAR_EVAL_OUTPUT_PATH}", "batch_transform": "#monai.handlers.from_engine(['image_meta_dict'])", "output_transform": "#monai.handlers.from_engine(['pred'])"}} to handlers.`,
  }),
  "scores-unusable": entry<{ problem: string }>({
    severity: "error",
    title: "The scores can't be used",
    message: (a) => `${a.problem}.`,
    hint: () =>
      "Let ClassificationSaver write, to a file in its output_dir, a probability per class and the image's name: batch_transform is #monai.handlers.from_engine(['image_meta_dict']).",
  }),
  "scores-unknown": entry<Record<never, never>>({
    severity: "error",
    title: "What the scores are can't be derived",
    message: () =>
      "Neither post_transforms nor the loss of config_train.json say whether the scores are probabilities, and whether the classes exclude each other.",
    hint: () =>
      "Say it with --scores: sigmoid or softmax for probabilities, sigmoid_of_logits or softmax_of_logits where they are yet to be made.",
  }),
  "scores-unclear": entry<{ taken: string; from: string }>({
    severity: "warning",
    title: "The scores are taken for logits",
    message: (a) =>
      `The scores are taken for logits (${a.taken}): ${a.from}. If the network itself ends in an activation, all probabilities would be wrong.`,
    hint: () => "Say what they are with --scores, and run the bundle on an image that you know.",
  }),
  "image-form-unknown": entry<Record<never, never>>({
    severity: "error",
    title: "The form of the image can't be derived",
    message: () =>
      "Nothing in the MMAR says whether the network takes pictures or volumes: neither the data list's files, nor the loader, the transforms' sizes or the network.",
    hint: () =>
      "Say it with --image-form: png16, png16_full, png8 or rgb8 for pictures, nifti for volumes.",
  }),
  "lung-mask-wanted": entry<{ key: string }>({
    severity: "info",
    title: "The network wants a lung mask",
    message: (a) =>
      `pre_transforms load ${a.key} besides the image: on MD.ai a series is classified only if it has lung masks among its annotations.`,
    hint: () => "Annotate the lungs there, or let the deploy code make masks: --lung-mask builtin.",
  }),
  "mask-in-test-list": entry<{ key: string }>({
    severity: "error",
    title: "The list named test can't hold a mask",
    message: (a) =>
      `pre_transforms load ${a.key}, but inference reads the list "test", whose items MONAI 0.8 takes for the image alone.`,
    hint: () => "Name another list with --data-list-key, for example --data-list-key testing.",
  }),
  "option-without-use": entry<{ option: string; why: string }>({
    severity: "warning",
    title: "An option without use",
    message: (a) => `${a.option} changes nothing: ${a.why}.`,
    hint: (a) => `Leave out ${a.option}, or check what is derived for the model.`,
  }),
  "class-unknown-name": entry<{ option: string; name: string; has: string }>({
    severity: "error",
    title: "An option names a class that the model does not have",
    message: (a) => `${a.option} names the class ${a.name}, but the classes are ${a.has}.`,
    hint: () => "Use one of these names.",
  }),
  "needs-interaction": entry<{ needs: string }>({
    severity: "error",
    title: "A model for annotation, which needs labels or clicks",
    message: (a) => `${a.needs}: this is a model for annotation, and MD.ai gives it an image only.`,
    hint: () =>
      "Take the model's segmentation version, which needs no clicks; an annotation model can't run on MD.ai.",
  }),

  // ── What is derived ────────────────────────────────────────────────────────────────────
  "task-unknown": entry<Record<never, never>>({
    severity: "error",
    title: "The task can't be derived",
    message: () => "PROCESSING_TASK in config/environment.json does not say what the model does.",
    hint: () => "Say it with --task segmentation or --task classification.",
  }),
  "task-unsupported": entry<{ task: string }>({
    severity: "error",
    title: "A task that can't be packed",
    message: (a) => `The task is "${a.task}"; only segmentation and classification can be packed.`,
    hint: () =>
      "If the model does segment or classify, say so with --task segmentation or --task classification.",
  }),
  "catalogue-refused": entry<{ name: string; why: string }>({
    severity: "error",
    title: "A model of NGC's catalogue that can't run on MD.ai",
    message: (a) => `${a.name} can't be packed: ${a.why}.`,
    hint: () =>
      "Choose a model that needs the image alone; if this is another model, rename its folder.",
  }),
  "channels-unknown": entry<{ channels: number }>({
    severity: "error",
    title: "The image channels can't be derived",
    message: (a) =>
      `The network takes ${a.channels} image channels, but nothing says which series they are.`,
    hint: (a) =>
      `Say it with ${a.channels} options in the network's order, such as --channel "T1c=SeriesDescription:~t1.*(gd|post|ce)".`,
  }),
  "channel-unknown-name": entry<{ name: string; has: string }>({
    severity: "error",
    title: "--channel names a channel that the model does not have",
    message: (a) => `--channel names ${a.name}, but the model's channels are ${a.has}.`,
    hint: () => "Use one of these names, or name all channels in the network's order.",
  }),
  "channel-count": entry<{ names: string; given: number; wanted: number }>({
    severity: "error",
    title: "--channel has the wrong number of channels",
    message: (a) =>
      `--channel names ${a.given === 1 ? "one channel" : `${a.given} channels`} (${a.names}), but the network takes ${a.wanted}.`,
    hint: () => "Name each channel once, in the network's order.",
  }),
  "data-list-key-unknown": entry<Record<never, never>>({
    severity: "error",
    title: "The data list key can't be derived",
    message: () => "The inference config does not say which list of the data list it reads.",
    hint: () => "Say it with --data-list-key, for example --data-list-key test.",
  }),
  "data-list-key-absent": entry<{ key: string; has: string }>({
    severity: "warning",
    title: "The data list lacks the list that inference reads",
    message: (a) =>
      `The data list has no "${a.key}" (it has ${a.has}). MD.ai supplies the data, so this does no harm if the key is right.`,
    hint: () => "Check the key, or set it with --data-list-key.",
  }),
  "data-list-missing": entry<{ path: string }>({
    severity: "warning",
    title: "The data list is not in the MMAR",
    message: (a) =>
      `DATASET_JSON names ${a.path}, which is not in the MMAR. MD.ai supplies the data, but class names can't be read from it.`,
    hint: () => "Check the class names in the summary, or set them with --class-names.",
  }),
  "out-classes-unknown": entry<Record<never, never>>({
    severity: "error",
    title: "The number of output classes can't be derived",
    message: () =>
      "Neither OUTPUT_CHANNELS, nor the network, the post transforms, the data list or config_aiaa.json say how many output channels the network has.",
    hint: () => "Say it with --out-classes (a background channel counts).",
  }),
  "out-classes-disagree": entry<{ taken: string; other: string }>({
    severity: "warning",
    title: "Sources disagree on the number of output classes",
    message: (a) => `The number of output classes is ${a.taken}, but ${a.other}.`,
    hint: () => "Say which is right with --out-classes (a background channel counts).",
  }),
  "out-classes-too-few": entry<{ classes: number; form: string }>({
    severity: "error",
    title: "Too few output classes",
    message: (a) =>
      `out_classes is ${a.classes}, and one of them is the background in a ${a.form}: no class is left to report.`,
    hint: () => "Correct it with --out-classes (a background channel counts).",
  }),
  "class-names-unknown": entry<{ wanted: number; names: string }>({
    severity: "warning",
    title: "The class names can't be derived",
    message: (a) =>
      `Nothing in the MMAR names ${a.wanted === 1 ? "the one class" : `all of the ${a.wanted} classes`}; they are called ${a.names}.`,
    hint: () =>
      "Name them with --class-names, in the order of the network's channels, without the background.",
  }),
  "class-names-disagree": entry<{ taken: string; other: string }>({
    severity: "warning",
    title: "Sources disagree on the class names",
    message: (a) => `The classes are ${a.taken}, but ${a.other}.`,
    hint: () => "Say which are right with --class-names.",
  }),
  "class-names-count": entry<{ names: number; wanted: number; outClasses: number }>({
    severity: "error",
    title: "--class-names has the wrong number of names",
    message: (a) =>
      `--class-names has ${a.names} names, but the model reports ${a.wanted} classes (out_classes is ${a.outClasses}).`,
    hint: () => "Name every class but the background, in the order of the network's channels.",
  }),
  "root-folder-renamed": entry<{ from: string; to: string }>({
    severity: "info",
    title: "The root folder gets another name",
    message: (a) =>
      `The MMAR's name "${a.from}" has characters that shell scripts stumble over; in the bundle it is "${a.to}".`,
    hint: () => "Choose another with --root-folder.",
  }),
  "set-env-missing": entry<Record<never, never>>({
    severity: "warning",
    title: "commands/set_env.sh is missing",
    message: () =>
      "The MMAR has no commands/set_env.sh; the deploy code sets PYTHONPATH and MMAR_ROOT as Clara's own would.",
    hint: () => "Add the script if the model needs more of its environment than that.",
  }),

  // ── What the user adds ─────────────────────────────────────────────────────────────────
  "requirement-fights-server": entry<{ requirement: string; pin: string }>({
    severity: "error",
    title: "A requirement that would replace a package of MD.ai's server",
    message: (a) =>
      `The requirement "${a.requirement}" does not allow ${a.pin}, which MD.ai's server was installed with and runs on.`,
    hint: () => "Leave it out, or allow the server's version.",
  }),
  "requirement-clash": entry<{ requirement: string; other: string }>({
    severity: "error",
    title: "Two requirements that no version satisfies",
    message: (a) =>
      `The requirement "${a.requirement}" does not go with "${a.other}", which is in the bundle's requirements.txt, too: pip stops at the two.`,
    hint: () => "Leave it out, or ask for a version that both allow.",
  }),
  "requirement-unpinned": entry<{ requirement: string }>({
    severity: "warning",
    title: "A requirement without an exact version",
    message: (a) =>
      `The requirement "${a.requirement}" has no exact version: the next build may get another one, or one for which Python 3.8 is too old.`,
    hint: () => "Pin it: name==version.",
  }),

  // ── What pickles do when they are loaded ───────────────────────────────────────────────
  "pickle-dangerous": entry<{ name: string; can: string; more: number }>({
    severity: "error",
    title: "Loading the file would run code that no checkpoint needs",
    message: (a) =>
      `Whoever loads this pickle imports ${a.name}, which can ${a.can}; ${a.more === 0 ? "" : `${a.more} more of its imports are as dangerous, and `}no checkpoint needs that.`,
    hint: () =>
      "Don't load it with PyTorch or Python. Download the model from a source that you trust; a network of your own is saved safely as its state_dict() alone. --no-checkpoint packs without a checkpoint, --exclude without any other file.",
  }),
  "pickle-opaque": entry<{ why: string; more: number }>({
    severity: "error",
    title: "A pickle hides what it imports",
    message: (a) =>
      `Whoever loads this pickle imports something that can't be told: ${a.why}${a.more === 0 ? "" : ` (and ${a.more} more such imports)`}. It may be any function, and no program writes checkpoints so.`,
    hint: () =>
      "Don't load it with PyTorch or Python. Download the model from a source that you trust; a network of your own is saved safely as its state_dict() alone.",
  }),
  "pickle-unreadable": entry<{ problem: string }>({
    severity: "error",
    title: "A pickle in a file of weights can't be read",
    message: (a) =>
      `The pickle ${a.problem}, so it can't be loaded, and what it would do until then can't be told.`,
    hint: () =>
      "Download or make the file again, and compare its size with the source's; leave it out with --exclude if inference does not need it.",
  }),
  "pickle-unknown": entry<{ names: string; more: number }>({
    severity: "warning",
    title: "A pickle imports what is not known to be harmless",
    message: (a) =>
      `Whoever loads this pickle imports ${a.names}${a.more === 0 ? "" : ` and ${a.more} more`}, which is neither PyTorch's own nor NumPy's: what it does is not known.`,
    hint: () =>
      "Look at what it is, and whether the image has it; only load the file if you trust its source. Weights alone import no such thing: save the network's state_dict() instead of the network.",
  }),

  // ── A bundle (verify) ──────────────────────────────────────────────────────────────────
  "bundle-not-found": entry<{ path: string }>({
    severity: "error",
    title: "There is no such bundle",
    message: (a) => `${a.path} does not exist.`,
    hint: () => "Check the path. It has to be a bundle for MD.ai, a .zip or .tar.gz.",
  }),
  "bundle-not-an-archive": entry<{ path: string; is: string }>({
    severity: "error",
    title: "The bundle is no zip or tar.gz",
    message: (a) => `${a.path} is no zip or tar.gz, and MD.ai takes no others: ${a.is}.`,
    hint: () => "Make an archive of the folder that holds .mdai: zip -r bundle.zip model",
  }),
  "bundle-name": entry<{ wanted: string }>({
    severity: "warning",
    title: "The bundle's name does not tell its form",
    message: (a) =>
      `The archive's name does not end in ${a.wanted}, which is what it is; MD.ai asks for .zip or .tar.gz.`,
    hint: (a) => `Rename it, so that it ends in ${a.wanted}.`,
  }),
  "mdai-folder-missing": entry<{ isMmar: boolean; better: string | undefined }>({
    severity: "error",
    title: "The bundle has no folder .mdai",
    message: () => "The archive has no folder .mdai, in which MD.ai looks for its files.",
    hint: (a) => {
      if (a.better !== undefined) return `Rename ${a.better} to .mdai, with the dot.`;
      return a.isMmar
        ? "This is an MMAR, not a bundle: make one of it with mmar2mdai pack."
        : "Zip the folder itself (zip -r bundle.zip model): with model/* names that begin with a dot stay behind.";
    },
  }),
  "mdai-folder-several": entry<{ folders: string }>({
    severity: "error",
    title: "The archive holds several bundles",
    message: (a) => `Several folders of the archive hold .mdai: ${a.folders}.`,
    hint: () => "Make an archive of each.",
  }),
  "bundle-at-top": entry<Record<never, never>>({
    severity: "warning",
    title: "The bundle's folder is not in the archive",
    message: () =>
      ".mdai lies at the top of the archive; MD.ai asks for an archive of the folder that holds it, model/.",
    hint: () => "Zip the folder and not what is in it: zip -r bundle.zip model",
  }),
  "bundle-root-name": entry<{ root: string }>({
    severity: "info",
    title: "The bundle's folder is not called model",
    message: (a) => `The bundle's folder is ${a.root}; in MD.ai's own examples it is model/.`,
    hint: () => "Nothing needs to be done; rename it if MD.ai does not find it.",
  }),
  "bundle-beside": entry<{ root: string; files: number; example: string }>({
    severity: "info",
    title: "The archive holds files beside the bundle's folder",
    message: (a) =>
      `The bundle is the folder ${a.root} of the archive; ${a.files === 1 ? "one file lies" : `${a.files} files lie`} beside it and ${a.files === 1 ? "is" : "are"} not in the image, as ${a.example}.`,
    hint: () => "Leave them out if the model does not need them; else move them into the folder.",
  }),
  "bundle-file-missing": entry<{ name: string; why: string }>({
    severity: "error",
    title: "The bundle lacks a file that MD.ai needs",
    message: (a) => `There is no ${a.name}: ${a.why}.`,
    hint: (a) => `Add ${a.name}.`,
  }),
  "workspace-unused": entry<{ image: string }>({
    severity: "info",
    title: "A workspace that the image does not get",
    message: (a) =>
      `The bundle has a folder workspace, but base_image is ${a.image}: only nvidia's image gets it as /workspace.`,
    hint: () =>
      "If the model is an MMAR, set base_image: nvidia; else the files are at /src/lib/workspace.",
  }),
  "config-yaml-absent": entry<Record<never, never>>({
    severity: "info",
    title: "The bundle has no config.yaml",
    message: () => "The bundle has no config.yaml: MD.ai builds it with Python 3.7 and no GPU.",
    hint: () => "If that is not meant, add .mdai/config.yaml with base_image and device_type.",
  }),
  "config-yaml-twice": entry<Record<never, never>>({
    severity: "warning",
    title: "There are config.yaml and config.yml",
    message: () => "There is a config.yaml, too, and MD.ai reads that one only.",
    hint: () => "Remove one of them.",
  }),
  "config-yaml-syntax": entry<{ problem: string }>({
    severity: "error",
    title: "config.yaml can't be read",
    message: (a) => `MD.ai's builder can't read the file: ${a.problem}.`,
    hint: () => "Mend the file here. It is YAML, as in: base_image: py310",
  }),
  "config-yaml-shape": entry<{ is: string }>({
    severity: "error",
    title: "config.yaml does not hold a mapping",
    message: (a) =>
      `The file holds ${a.is}, where keys with values belong; MD.ai's builder crashes at it.`,
    hint: () => "Write a key a line, as in base_image: py310, or remove the file for the defaults.",
  }),
  "config-yaml-value": entry<{ key: string; is: string; wanted: string }>({
    severity: "error",
    title: "A value in config.yaml that MD.ai's builder stops at",
    message: (a) => `${a.key} is ${a.is}; MD.ai's builder stops unless it is ${a.wanted}.`,
    hint: (a) => `Correct ${a.key}, or leave it out for the default.`,
  }),
  "config-yaml-read-other": entry<{ key: string; written: string; read: string }>({
    severity: "warning",
    title: "A value in config.yaml that YAML reads as another",
    message: (a) =>
      a.written === ""
        ? `${a.key} has no value, and MD.ai's builder writes "${a.read}" for it.`
        : `${a.key} is written as ${a.written}, but YAML makes ${a.read} of it.`,
    hint: (a) => `Put quotes around it: "${a.written}"`,
  }),
  "config-yaml-key-twice": entry<{ key: string; firstLine: number }>({
    severity: "warning",
    title: "A key stands twice in config.yaml",
    message: (a) =>
      `${a.key} stands in line ${a.firstLine} already; only the last one counts, silently.`,
    hint: () => "Keep one of them.",
  }),
  "config-yaml-key-unknown": entry<{ key: string; meant: string }>({
    severity: "warning",
    title: "A key in config.yaml that is most likely misspelt",
    message: (a) => `MD.ai's builder reads ${a.meant}, and passes over ${a.key} in silence.`,
    hint: (a) => `Write ${a.meant} if that is meant.`,
  }),
  "config-yaml-env": entry<{ name: string; problem: string }>({
    severity: "error",
    title: "An environment variable in config.yaml that breaks the build",
    message: (a) =>
      `The variable ${a.name} can't stand in the Dockerfile, where MD.ai's builder puts it as it is: ${a.problem}.`,
    hint: () => "Change it, or set it in mdai_deploy.py (os.environ) before what needs it.",
  }),
  "dockerfile-without-from": entry<Record<never, never>>({
    severity: "error",
    title: "The Dockerfile names no image",
    message: () =>
      "The file has no FROM; MD.ai puts it at the beginning of its own Dockerfile, which then has none.",
    hint: () => "Begin it with FROM and the image that yours is made from.",
  }),
  "requirement-unparseable": entry<{ requirement: string; problem: string }>({
    severity: "error",
    title: "A line of requirements.txt that pip can't read",
    message: (a) =>
      a.requirement === ""
        ? `pip can't read the file: ${a.problem}.`
        : `pip can't read "${a.requirement}": ${a.problem}.`,
    hint: () => "Write a package a line, as in numpy==1.21.6, and save the file as UTF-8.",
  }),
  "requirement-file-missing": entry<{ requirement: string; file: string }>({
    severity: "error",
    title: "A requirement names a file that is not there when pip runs",
    message: (a) =>
      `"${a.requirement}" names ${a.file}; when pip runs, the image has of the bundle only requirements.txt and the wheels that lie in .mdai itself.`,
    hint: () => "Put the wheel into .mdai and name it as ./name.whl, or name the packages here.",
  }),
  "requirement-replaces-server": entry<{ requirement: string; pin: string }>({
    severity: "warning",
    title: "A requirement that replaces a package of MD.ai's server",
    message: (a) =>
      `The requirement "${a.requirement}" does not allow ${a.pin}, which MD.ai's server is installed with: pip replaces it.`,
    hint: () => "Allow the server's version unless the model needs another, and then try it.",
  }),
  "deploy-unchecked": entry<{ why: string }>({
    severity: "info",
    title: "The Python code was not checked",
    message: (a) => `The bundle's Python code was not checked: ${a.why}.`,
    hint: () => "Install Python 3, or name one in the environment variable MMAR2MDAI_PYTHON.",
  }),
  "deploy-syntax": entry<{ problem: string; python: string }>({
    severity: "error",
    title: "A fault of syntax in the deploy code",
    message: (a) => `Python ${a.python}, which the image has, can't read the file: ${a.problem}.`,
    hint: (a) => `Mend the file here, in the Python of version ${a.python}.`,
  }),
  "deploy-syntax-unsure": entry<{ problem: string; asked: string; python: string | undefined }>({
    severity: "warning",
    title: "What may be a fault of syntax in the deploy code",
    message: (a) =>
      `Python ${a.asked} here can't read the file (${a.problem}); the image's Python ${a.python === undefined ? "is not known" : `is ${a.python}`}, and may.`,
    hint: (a) =>
      `Look at the line, or verify with Python ${a.python ?? "of the image"} (MMAR2MDAI_PYTHON).`,
  }),
  "deploy-syntax-unused": entry<{ problem: string }>({
    severity: "warning",
    title: "A fault of syntax in a file that mdai_deploy.py does not import",
    message: (a) =>
      `Python can't read the file (${a.problem}); nothing that mdai_deploy.py imports seems to need it.`,
    hint: () => "Mend the file here, or leave it out.",
  }),
  "deploy-class-missing": entry<Record<never, never>>({
    severity: "error",
    title: "mdai_deploy.py has no class MDAIModel",
    message: () =>
      "The file has nothing of the name MDAIModel, which MD.ai's server imports at its start.",
    hint: () => "Add a class MDAIModel with a method predict(self, data).",
  }),
  "deploy-class-unclear": entry<{ why: string }>({
    severity: "info",
    title: "It can't be told whether MDAIModel can be called",
    message: (a) =>
      `Whether MD.ai's server can call MDAIModel can't be told from its source: ${a.why}.`,
    hint: () => "Nothing needs to be done if MDAIModel().predict(data) works.",
  }),
  "deploy-method": entry<{ method: string; problem: string }>({
    severity: "error",
    title: "A method of MDAIModel that MD.ai's server can't call",
    message: (a) => `MDAIModel's ${a.method} ${a.problem}.`,
    hint: (a) =>
      a.method === "predict"
        ? "Write it as def predict(self, data)."
        : "Write it as def __init__(self).",
  }),
  "module-shadows": entry<{ name: string; what: string }>({
    severity: "warning",
    title: "A file in .mdai that has the name of another module",
    message: (a) =>
      `The name ${a.name} is that of ${a.what}, too: an import of one may give the other.`,
    hint: () => "Rename it, with its imports.",
  }),
  "config-mdai-schema": entry<{ key: string; problem: string }>({
    severity: "error",
    title: "config_mdai.json is not what the deploy code reads",
    message: (a) =>
      `${a.key === "" ? "The file" : a.key} ${a.problem}, so the deploy code can't use the file.`,
    hint: () => "Pack the MMAR anew; options of mmar2mdai pack change what stands in it.",
  }),
  "config-mdai-key": entry<{ key: string; is: string; wanted: string }>({
    severity: "warning",
    title: "A key of config_mdai.json has an odd value",
    message: (a) => `${a.key} is ${a.is}; it is usually ${a.wanted}.`,
    hint: () => "Check that the deploy code can read it.",
  }),
  "config-mdai-path": entry<{ key: string; path: string; what: string }>({
    severity: "error",
    title: "config_mdai.json names what is not in the bundle",
    message: (a) => `${a.key} names the ${a.what} ${a.path}, which is not in the bundle.`,
    hint: (a) => `Correct ${a.key}, or add the ${a.what}.`,
  }),
  "config-mdai-disagrees": entry<{ key: string; value: string; other: string; from: string }>({
    severity: "warning",
    title: "config_mdai.json and the bundle disagree",
    message: (a) => `${a.key} is ${a.value}, but ${a.other} by ${a.from}.`,
    hint: () => "Check which is right; nothing needs to be done if it was set on purpose.",
  }),
  "bundle-without-mmar": entry<Record<never, never>>({
    severity: "info",
    title: "No MMAR was found in the bundle",
    message: () =>
      "workspace/ holds nothing that looks like an MMAR, or several: its model was not checked.",
    hint: () => "Nothing needs to be done if the deploy code brings its own model.",
  }),
  "bundle-clara-4-0": entry<{ evidence: string }>({
    severity: "warning",
    title: "A config of Clara 4.0 in an image of 4.1",
    message: (a) =>
      `The MMAR's inference config is of Clara Train 4.0 (${a.evidence}), but MD.ai's image is 4.1, which reads some of it differently.`,
    hint: () => "Bring it to 4.1 (docs/clara-4.0.md), or let mmar2mdai pack the MMAR, which does.",
  }),
  "manifest-bundle": entry<{ is: string; wanted: string }>({
    severity: "error",
    title: "The bundle is not the one of its manifest",
    message: (a) =>
      `The archive is not the one of the manifest: it is ${a.is}; it was ${a.wanted}.`,
    hint: () =>
      "Take the bundle and the manifest of one run of pack. If nobody has changed the bundle on purpose, copy or download it again.",
  }),
  "manifest-entry": entry<{ problem: string }>({
    severity: "error",
    title: "A file of the bundle is not as the manifest has it",
    message: (a) => `The file ${a.problem}.`,
    hint: () => "Find out who changed the bundle, or pack the MMAR again.",
  }),
} as const;

/** The code of a finding. */
export type FindingCode = keyof typeof findingTable;

/** What the wording of a code needs to know. */
export type FindingArgs<C extends FindingCode> =
  (typeof findingTable)[C] extends Entry<infer A> ? A : never;

/** A wording whose arguments are their own names in brackets: `‹path› does not exist.` */
export interface Wording {
  readonly message: string;
  readonly hint: string;
}

const NAMES = new Proxy(
  {},
  { get: (_, name) => (typeof name === "string" ? `‹${name}›` : undefined) },
);

/** How a code's findings read, whatever they name. */
export function wordingOf(code: FindingCode): Wording {
  const { message, hint } = findingTable[code] as Entry<unknown>;
  return { message: message(NAMES), hint: hint(NAMES) };
}
