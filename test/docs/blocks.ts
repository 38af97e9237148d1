import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../support/mmars.js";

/** A fenced code block of a page. */
export interface Block {
  readonly page: string;
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Why it is not run, by `<!-- not run here: … -->` above it. */
  readonly notRun: string | undefined;
  /** What the reader brings, by `<!-- given: mmar, models -->` above it. */
  readonly given: readonly string[];
}

/** The pages whose blocks are for readers to run. */
export const PAGES = [
  "README.md",
  ...readdirSync(join(REPOSITORY, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
];

const REMARK = /^<!-- (not run here|given): (.+) -->$/;

export function blocksOf(
  page: string,
  text = readFileSync(join(REPOSITORY, page), "utf8"),
): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, indent, fence, language = ""] = /^( *)(`{3,})(\w*)\s*$/.exec(lines[i] ?? "") ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${i + 1}: a code block without an end`);
    const code = lines.slice(i + 1, end).map((line) => line.slice(indent?.length ?? 0));
    blocks.push({
      page,
      line: i + 1,
      language,
      code: `${code.join("\n")}\n`,
      ...remarks(lines, i),
    });
    i = end;
  }
  return blocks;
}

/** The remarks in the lines right above a fence. */
function remarks(lines: readonly string[], fence: number): Pick<Block, "notRun" | "given"> {
  let [notRun, given]: [string | undefined, string[]] = [undefined, []];
  for (let at = fence - 1; at >= 0; at--) {
    const [, kind, text = ""] = REMARK.exec(lines[at]?.trim() ?? "") ?? [];
    if (kind === undefined) break;
    if (kind === "given") given = [...text.split(/,\s*/), ...given];
    else notRun = text;
  }
  return { notRun, given };
}
