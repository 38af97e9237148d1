import type { Contents, ListedEntry } from "../files/contents.js";
import type { ListOutput } from "../public-json/list.js";
import { JSON_VERSION } from "../public-json/parts.js";
import { escapeControls, formatBytes } from "../text/format.js";
import { findingJson } from "./json.js";
import type { Paint } from "./paint.js";

/** A folder of the tree, with what lies in it by name. */
interface Folder {
  readonly inner: Map<string, Folder | ListedEntry>;
  size: number;
}

/** "999 bytes" */
const SIZE_WIDTH = 9;

/** What a folder or an archive holds, as a tree with sizes; nothing where it could not be listed. */
export function contentsText(contents: Contents, paint: Paint): string {
  const { location, format, entries } = contents;
  if (format === undefined) return "";
  const head = `${paint("bold", escapeControls(location))}  ${summary(contents)}`;
  return [head, ...treeLines(treeOf(entries), "", paint)].join("\n");
}

function summary({ format, size, entries }: Contents): string {
  const files = entries.filter((entry) => entry.size !== undefined).length;
  const counted = `${files} file${files === 1 ? "" : "s"}`;
  const total = formatBytes(contentSize(entries));
  if (size === undefined) return `${format}, ${counted}, ${total}`;
  return `${format}, ${formatBytes(size)}, ${counted}, ${total} unpacked`;
}

const contentSize = (entries: readonly ListedEntry[]): number =>
  entries.reduce((sum, { size = 0 }) => sum + size, 0);

function treeOf(entries: readonly ListedEntry[]): Folder {
  const root: Folder = { inner: new Map(), size: 0 };
  for (const entry of entries) {
    const parts = entry.path.split("/");
    const name = parts.pop() ?? "";
    let folder = root;
    for (const part of parts) {
      folder.size += entry.size ?? 0;
      folder = folderIn(folder, part);
    }
    folder.size += entry.size ?? 0;
    folder.inner.set(name, entry);
  }
  return root;
}

function folderIn({ inner }: Folder, name: string): Folder {
  const there = inner.get(name);
  if (there !== undefined && "inner" in there) return there;
  const made: Folder = { inner: new Map(), size: 0 };
  inner.set(name, made);
  return made;
}

/** A line for each name, those of a folder behind its own: the size, the branches, the name. */
function treeLines({ inner }: Folder, before: string, paint: Paint): string[] {
  const last = inner.size - 1;
  return [...inner].flatMap(([name, node], index) => {
    const branch = `${before}${index === last ? "└── " : "├── "}`;
    const isFolder = "inner" in node;
    const { size } = node;
    const shownSize = (size === undefined ? "–" : formatBytes(size)).padStart(SIZE_WIDTH);
    const note = isFolder || node.note === undefined ? "" : `  (${escapeControls(node.note)})`;
    const shown = escapeControls(name);
    const label = isFolder ? paint("bold", `${shown}/`) : shown;
    const line = `${shownSize}  ${paint("dim", branch)}${label}${paint("dim", note)}`;
    if (!isFolder) return [line];
    return [line, ...treeLines(node, `${before}${index === last ? "    " : "│   "}`, paint)];
  });
}

/** What `list --json` prints. */
export function contentsJson({ location, format, size, entries, findings }: Contents): ListOutput {
  return {
    schema: JSON_VERSION,
    command: "list",
    ok: format !== undefined && findings.every(({ severity }) => severity !== "error"),
    location,
    format: format ?? null,
    size: size ?? null,
    files: entries.filter((entry) => entry.size !== undefined).length,
    content_size: contentSize(entries),
    entries: entries.map((entry) => ({
      path: entry.path,
      size: entry.size ?? null,
      ...(entry.note !== undefined && { note: entry.note }),
    })),
    findings: findings.map(findingJson),
  };
}
