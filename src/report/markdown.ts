import type { Finding } from "../findings/finding.js";
import { findingOnCommandLine } from "../findings/format.js";
import type { Severity } from "../findings/table.js";
import { handOverTables } from "../pack/hand-over-text.js";
import { code, prose } from "../text/markdown.js";
import type { Reporter, Subject } from "./reporter.js";
import { placeText } from "./text.js";

/** What GitHub takes for the summary of a step, in bytes; a longer one is refused as a whole. */
export const SUMMARY_LIMIT = 1024 * 1024;

/** Markdown for people: a table of the subjects, then their findings. At most 1 MiB. */
export const markdown: Reporter = (subjects, context) =>
  markdownWithin(SUMMARY_LIMIT)(subjects, context);

/**
 * As {@link markdown}, of at most so many bytes. Where not all has room, what failed is kept before
 * what did not, and the rest is counted. No more than the report itself is held in memory.
 *
 * @param limit - from 4096
 */
export const markdownWithin = (limit: number): Reporter =>
  async function* (subjects, { command, version }) {
    const part = (share: number): Bounded => bounded(Math.floor(limit * share));
    const rows = { failed: part(0.25), ok: part(0.125) };
    const items = { failed: part(0.35), ok: part(0.125) };
    const sheets = part(0.12);
    const total = { subjects: 0, failed: 0, error: 0, warning: 0, info: 0 };
    for await (const subject of subjects) {
      const kind = subject.ok ? "ok" : "failed";
      rows[kind].add(row(subject));
      for (const item of itemsOf(subject)) items[kind].add(item);
      const { handOver } = subject;
      if (handOver) sheets.add(`\n### ${prose(handOver.name)}\n\n${handOverTables(handOver)}`);
      total.subjects++;
      if (!subject.ok) total.failed++;
      for (const { severity } of subject.findings) total[severity]++;
    }
    yield `## mmar2mdai ${command}\n\n`;
    if (total.subjects !== 1) yield `${totalText(total)}\n\n`;
    yield "| | name | result | errors | warnings |\n| --- | --- | --- | ---: | ---: |\n";
    yield* rows.failed.texts;
    yield* rows.ok.texts;
    yield omitted(rows.failed.omitted + rows.ok.omitted, "row");
    if (sheets.texts.length + sheets.omitted > 0) yield "\n## To set up on MD.ai\n";
    yield* sheets.texts;
    yield omitted(sheets.omitted, "model");
    yield* items.failed.texts;
    yield* items.ok.texts;
    yield omitted(items.failed.omitted + items.ok.omitted, "finding");
    yield `\nmmar2mdai ${version}\n`;
  };

/** Texts up to a number of bytes; from the first one that has no room they are only counted. */
interface Bounded {
  readonly texts: readonly string[];
  readonly omitted: number;
  add(text: string): void;
}

function bounded(limit: number): Bounded {
  const texts: string[] = [];
  let [left, omitted] = [limit, 0];
  return {
    texts,
    get omitted() {
      return omitted;
    },
    add(text) {
      const size = Buffer.byteLength(text);
      if (omitted > 0 || size > left) omitted++;
      else {
        left -= size;
        texts.push(text);
      }
    },
  };
}

function totalText(total: Readonly<Record<"subjects" | "failed" | Severity, number>>): string {
  const { subjects, failed, error, warning } = total;
  return `${subjects - failed} of ${subjects} are fine; ${plural(error, "error")}, ${plural(warning, "warning")}.`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const omitted = (count: number, noun: string): string =>
  count === 0 ? "" : `\nNot shown for want of room: ${plural(count, noun)}.\n`;

function row(subject: Subject): string {
  const { name, ok, findings, failure, outcome } = subject;
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const sign = ok ? (warnings > 0 ? "⚠️" : "✅") : "❌";
  const result = failure ?? outcome ?? (ok ? "fine" : "not fit");
  const cells = [sign, prose(name), prose(result), errors, warnings];
  return `| ${cells.join(" | ")} |\n`;
}

/** A subject's failure and findings as a list, whose first item comes with the heading. */
function itemsOf(subject: Subject): string[] {
  const { failure, findings, name, location, details = [] } = subject;
  const stopped = failure === undefined ? [] : [`- **error** ${prose(failure)}\n`];
  const told = details.map((line) => `- ${prose(line)}\n`);
  const items = [...stopped, ...told, ...findings.map(item)];
  const [first, ...others] = items;
  if (first === undefined) return [];
  return [`\n### ${prose(name)}\n\n${code(location)}\n\n${first}`, ...others];
}

function item(finding: Finding): string {
  const { severity, code: id, place } = finding;
  const { message, hint } = findingOnCommandLine(finding);
  const where = place === undefined ? "" : ` ${code(placeText(place))}`;
  return `- **${severity}** ${code(id)}${where}: ${prose(message)} ${prose(hint)}\n`;
}
