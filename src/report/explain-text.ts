import type { Explanation } from "../findings/explain.js";
import { type Finding, hasErrors } from "../findings/finding.js";
import type { DocumentedText } from "../findings/format.js";
import type { Severity } from "../findings/table.js";
import type { OptionEntry } from "../options/entry.js";
import { RUN_OPTIONS } from "../options/run-table.js";
import {
  BATCH_OPTIONS,
  DERIVATION_OPTIONS,
  PACK_OPTIONS,
  WRITING_OPTIONS,
} from "../options/table.js";
import type { ExplainOutput } from "../public-json/explain.js";
import { JSON_VERSION } from "../public-json/parts.js";
import { formatList } from "../text/format.js";
import type { Paint } from "./paint.js";
import { findingsText, SEVERITY_COLORS } from "./text.js";

/** What follows from a finding. */
const EFFECTS: Readonly<Record<Severity, string>> = {
  error: "An error: nothing is packed, and a bundle is not fit, until it is mended.",
  warning: "A warning: it stops nothing, unless --strict is given.",
  info: "An info: it never stops anything.",
};

const TABLES: readonly Readonly<Record<string, OptionEntry>>[] = [
  RUN_OPTIONS,
  BATCH_OPTIONS,
  PACK_OPTIONS,
  WRITING_OPTIONS,
  DERIVATION_OPTIONS,
];

/** Options by their long flags. Where commands differ in one, pack's is meant. */
const ENTRIES = new Map(
  TABLES.flatMap((table) =>
    Object.values(table).map((entry) => [/--[\w-]+/.exec(entry.flags)?.[0], entry] as const),
  ),
);

/** What there is to say of a code, for a terminal. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  const { code, severity, title, messages, hints, givenBy } = explanation;
  const options = namedOptions(explanation);
  const width = options.reduce((widest, { flags }) => Math.max(widest, flags.length), 0);
  const sections = [
    [
      `${paint(["bold", SEVERITY_COLORS[severity]], severity)} ${paint("bold", code)}`,
      `  ${title}`,
    ],
    [paint("bold", "What it means"), ...casesOf(messages)],
    [paint("bold", "What to do"), ...casesOf(hints)],
    options.length === 0
      ? []
      : [
          paint("bold", "Options"),
          ...options.map(({ flags, text }) => `  ${flags.padEnd(width)}  ${text}`),
        ],
    [paint("bold", "What follows"), `  ${EFFECTS[severity]}`, `  ${givenText(givenBy)}`],
    ...(holdsNames(explanation) ? [["‹…› stands for what the finding names."]] : []),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function casesOf(texts: readonly DocumentedText[]): string[] {
  return texts.flatMap(({ text, when }) =>
    when.length === 0 ? [`  ${text}`] : [`  If ${when.join(", or if ")}:`, `    ${text}`],
  );
}

function givenText(givenBy: Explanation["givenBy"]): string {
  if (givenBy.length === 1) return `Given by ${givenBy.join()}.`;
  const others = givenBy.filter((command) => command !== "verify");
  const bundle = givenBy.includes("verify") ? "; by verify for the model in a bundle" : "";
  return `Given by ${formatList(others)}${bundle}.`;
}

const textsOf = ({ messages, hints }: Explanation): string =>
  [...messages, ...hints].map(({ text }) => text).join("\n");

const holdsNames = (explanation: Explanation): boolean => textsOf(explanation).includes("‹");

/** The options that the texts name, in their order. */
function namedOptions(explanation: Explanation): OptionEntry[] {
  const flags = new Set(textsOf(explanation).match(/--[a-z][\w-]*/g));
  return [...flags].flatMap((flag) => ENTRIES.get(flag) ?? []);
}

/** What `explain --json` prints. */
export function explanationJson({
  code,
  severity,
  area,
  title,
  messages,
  hints,
  givenBy,
}: Explanation): ExplainOutput {
  return {
    schema: JSON_VERSION,
    command: "explain",
    ok: true,
    code,
    severity,
    area,
    title,
    messages,
    hints,
    given_by: givenBy,
  };
}

/**
 * The findings as {@link findingsText} writes them, and below them how to learn more.
 *
 * @param quiet - whether warnings alone go without that
 */
export function findingsWithHint(
  findings: readonly Finding[],
  paint: Paint,
  quiet = false,
): string {
  const hint = quiet && !hasErrors(findings) ? "" : explainHint(findings, paint);
  return [findingsText(findings, paint), hint].filter((part) => part !== "").join("\n");
}

/**
 * The line after findings that says how to learn more, once, as compilers do; empty where there is
 * nothing to mend.
 */
export function explainHint(findings: readonly Finding[], paint: Paint): string {
  const codes = new Set(
    findings.filter(({ severity }) => severity !== "info").map(({ code }) => code),
  );
  const [first] = codes;
  if (first === undefined) return "";
  const what = codes.size === 1 ? "this finding" : "a finding";
  return paint("dim", `For more about ${what}: mmar2mdai explain ${first}`);
}
