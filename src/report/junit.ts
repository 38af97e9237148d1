import type { Finding } from "../findings/finding.js";
import { findingOnCommandLine } from "../findings/format.js";
import { escapeControls } from "../text/format.js";
import { artifactOf } from "./artifact.js";
import type { ReportContext, Reporter, Subject } from "./reporter.js";
import { placeText } from "./text.js";

/**
 * JUnit's XML, as GitLab and Jenkins read it: a suite for each subject, a case for each finding, and
 * one for the command itself. Errors are failed cases; warnings and infos are cases that passed,
 * with their text as output; what stopped the command besides findings is an error of the suite's
 * own case.
 */
export const junit: Reporter = async function* (subjects, context) {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="mmar2mdai ${context.command}">\n`;
  for await (const subject of subjects) yield suite(subject, context);
  yield "</testsuites>\n";
};

/** A case whose name is unique in its suite: GitLab takes cases of one name for one. */
interface TestCase {
  readonly name: string;
  readonly file: string;
  /** Its inner elements. */
  readonly inside: string;
}

function suite(subject: Subject, context: ReportContext): string {
  const { name, location, findings, failure } = subject;
  const cases = [
    ownCase(subject, context),
    ...findings.map((f) => findingCase(subject, f, context)),
  ];
  const failures = findings.filter((f) => f.severity === "error").length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="${failure === undefined ? 0 : 1}" skipped="0"`;
  const lines = numbered(cases).map(({ name, file, inside }) => {
    const attributes = `name="${xml(name)}" classname="${xml(location)}" file="${xml(file)}"`;
    return inside === ""
      ? `    <testcase ${attributes}/>\n`
      : `    <testcase ${attributes}>\n${inside}    </testcase>\n`;
  });
  return `  <testsuite name="${xml(name)}" ${counts}>\n${lines.join("")}  </testsuite>\n`;
}

function ownCase(subject: Subject, context: ReportContext): TestCase {
  const { failure, outcome } = subject;
  const inside =
    failure === undefined ? output(outcome) : element("error", "command-failed", failure);
  return { name: context.command, file: artifactOf(subject, context).path, inside };
}

function findingCase(subject: Subject, finding: Finding, context: ReportContext): TestCase {
  const { code, severity, place } = finding;
  const { message, hint } = findingOnCommandLine(finding);
  // Without the line, which moves: a test's history goes by its name.
  const where = place && placeText({ file: place.file, ...(place.key && { key: place.key }) });
  const at = place === undefined ? [] : [placeText(place)];
  const text = [...at, message, hint].map((part) => escapeControls(part)).join("\n");
  return {
    name: where === undefined ? code : `${code}: ${where}`,
    file: artifactOf(subject, context, place).path,
    inside:
      severity === "error"
        ? element("failure", code, message, text)
        : output(`${severity}: ${text}`),
  };
}

function numbered(cases: readonly TestCase[]): TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name} (${count})` };
  });
}

const element = (tag: string, type: string, message: string, text = message): string =>
  `      <${tag} type="${xml(type)}" message="${xml(message)}">${lines(text)}</${tag}>\n`;

const output = (text: string | undefined): string =>
  text === undefined ? "" : `      <system-out>${lines(text)}</system-out>\n`;

const lines = (text: string): string => text.split("\n").map(xml).join("\n");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A text as XML 1.0 can hold it; the characters that it has no form for are written out. */
export function xml(text: string): string {
  return escapeControls(text)
    .replace(/[\p{Cs}\ufffe\uffff]/gu, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}
