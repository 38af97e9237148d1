import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import type {
  Invocation,
  Location,
  LogicalLocation,
  Region,
  ReportingDescriptor,
  Result,
  ToolComponent,
} from "sarif";
import type { Finding, Place } from "../findings/finding.js";
import { type DocumentedText, documentedWords } from "../findings/format.js";
import { type FindingCode, findingTable, rowOf, type Severity } from "../findings/table.js";
import { escapeControls, safeJson } from "../text/format.js";
import { artifactOf, positionOf, sentences } from "./artifact.js";
import type { ReportContext, Reporter, Subject } from "./reporter.js";

/** The schema that OASIS publishes for SARIF 2.1.0 with its errata. */
const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** The rule of what stops a command besides findings. */
export const FAILURE_RULE = "command-failed";

/** What relative paths are relative to; CodeQL and GitHub know the name. */
const ROOT = "%SRCROOT%";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

const CODES = Object.keys(findingTable) as FindingCode[];

type Level = (typeof LEVELS)[Severity];

/** One thing to tell: a finding, or what else stopped the command. */
interface Report {
  readonly rule: string;
  readonly level: Level;
  readonly text: string;
  readonly place?: Place | undefined;
  /** What tells it from others of its rule at its place, wherever in its file that has moved. */
  readonly identity: unknown;
}

/**
 * SARIF 2.1.0: one run, a rule for each finding that there is, a result for each that was made.
 * Results hold together over runs by their fingerprints: of code, arguments and place, but no line.
 */
export const sarif: Reporter = async function* (subjects, context) {
  const { command, version } = context;
  const driver: ToolComponent = {
    name: "mmar2mdai",
    version,
    semanticVersion: version,
    rules: rules(),
  };
  yield `{"$schema":${safeJson(SCHEMA)},"version":"2.1.0","runs":[{\n`;
  yield `"tool":${safeJson({ driver })},\n"columnKind":"utf16CodeUnits",\n`;
  yield `"originalUriBaseIds":${safeJson({ [ROOT]: { description: { text: WHERE } } })},\n`;
  yield `"properties":${safeJson({ command })},\n"results":[`;
  let [separator, executionSuccessful] = ["\n", true];
  for await (const subject of subjects) {
    if (subject.failure !== undefined) executionSuccessful = false;
    for (const result of resultsOf(subject, context)) {
      yield `${separator}${safeJson(result)}`;
      separator = ",\n";
    }
  }
  const invocations: Invocation[] = [{ executionSuccessful }];
  yield `\n],\n"invocations":${safeJson(invocations)}\n}]}\n`;
};

const WHERE = "The folder that the command ran in, or the workspace of GitHub Actions.";

function rules(): ReportingDescriptor[] {
  const own = CODES.map((code) => {
    const { severity } = findingTable[code];
    const { title, messages, hints } = documentedWords(code);
    return rule(code, LEVELS[severity], title, ruleText(messages), ruleText(hints));
  });
  const failure = rule(
    FAILURE_RULE,
    "error",
    "The command did not do what it was asked to do",
    "Something besides the findings stopped the command: the disk, a permission, a file that is there already, or --strict.",
    "Do what the message says, then try again.",
  );
  return [...own, failure];
}

/** Where a rule's texts differ by cases, a line for each. */
const ruleText = (texts: readonly DocumentedText[]): string =>
  texts
    .map(({ text, when }) => (when.length === 0 ? text : `If ${when.join(", or if ")}: ${text}`))
    .join("\n");

const rule = (
  id: string,
  level: Level,
  title: string,
  message: string,
  hint: string,
): ReportingDescriptor => ({
  id,
  shortDescription: { text: `${title}.` },
  fullDescription: { text: plain(message) },
  help: { text: plain(hint) },
  defaultConfiguration: { level },
});

function resultsOf(subject: Subject, context: ReportContext): Result[] {
  const reports: Report[] = subject.findings.map((finding) => findingReport(subject, finding));
  if (subject.failure !== undefined) {
    const text = escapeControls(subject.failure);
    reports.unshift({ rule: FAILURE_RULE, level: "error", text, identity: text });
  }
  const seen = new Map<string, number>();
  return reports.map((report) => {
    const before = fingerprint(subject, context, report, 0);
    const count = seen.get(before) ?? 0;
    seen.set(before, count + 1);
    return resultOf(subject, context, report, count);
  });
}

const findingReport = (subject: Subject, finding: Finding): Report => ({
  rule: finding.code,
  level: LEVELS[finding.severity],
  text: sentences(subject, finding),
  place: finding.place,
  identity: unmoved(finding),
});

/** The arguments of a finding, without those that change when its file gets another line. */
function unmoved({ code, args }: Finding): Record<string, unknown> {
  const { lines } = rowOf(code);
  return Object.fromEntries(Object.entries(args).filter(([name]) => !lines.includes(name)));
}

function resultOf(subject: Subject, context: ReportContext, report: Report, count: number): Result {
  const { rule, level, text, place } = report;
  const index = CODES.indexOf(rule as FindingCode);
  return {
    ruleId: rule,
    ruleIndex: index === -1 ? CODES.length : index,
    level,
    message: { text: plain(text) },
    locations: [location(subject, context, place)],
    partialFingerprints: { "finding/v1": fingerprint(subject, context, report, count) },
    properties: { subject: subject.name },
  };
}

function location(subject: Subject, context: ReportContext, place: Place | undefined): Location {
  const { path, isBelow } = artifactOf(subject, context, place);
  const position = positionOf(subject, place);
  const logical = place !== undefined && (subject.isArchive || place.key !== undefined);
  return {
    physicalLocation: {
      artifactLocation: isBelow
        ? { uri: relativeUri(path), uriBaseId: ROOT }
        : { uri: pathToFileURL(path).href },
      ...(position && { region: region(position) }),
    },
    ...(logical && { logicalLocations: [logicalLocation(place)] }),
  };
}

const region = ({ line, column }: { line: number; column?: number }): Region => ({
  startLine: line,
  ...(column !== undefined && { startColumn: column }),
});

/** A place in a file by its name, and in an archive the file itself. */
const logicalLocation = ({ file, key }: Place): LogicalLocation => ({
  name: key ?? file,
  fullyQualifiedName: key === undefined ? file : `${file}:${key}`,
  ...(key !== undefined && { kind: "property" }),
});

/** Every part encoded, so that none is taken for a scheme, a query or a fragment. */
const relativeUri = (path: string): string =>
  path === "." ? "./" : path.split("/").map(encodePart).join("/");

/** A half of a surrogate pair has no UTF-8, and becomes U+FFFD. */
const encodePart = (part: string): string =>
  encodeURIComponent(Buffer.from(part, "utf8").toString("utf8"));

/** The same for the same fault, wherever in its file it has moved. */
function fingerprint(
  subject: Subject,
  context: ReportContext,
  { rule, identity, place }: Report,
  count: number,
): string {
  const { path } = artifactOf(subject, context, place);
  const parts = [rule, path, place?.file ?? "", place?.key ?? "", identity, count];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * A text in which SARIF's plain text messages find neither a placeholder nor a link (3.11.5,
 * 3.11.6). Braces besides are left as they are, though the standard doubles them: viewers,
 * GitHub's among them, show doubled ones as doubled.
 */
const plain = (text: string): string =>
  text.replace(/\{(\d+)\}/g, "{{$1}}").replaceAll("](", "] (");
