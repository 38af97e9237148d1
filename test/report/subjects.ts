import fc from "fast-check";
import type { Finding, FindingArgs, FindingCode } from "../../src/index.js";
import type { ReportContext, Reporter, Subject } from "../../src/report/reporter.js";

/** A context whose paths are relative to a folder that needs not be there. */
export const context: ReportContext = { command: "pack", version: "1.2.3", folder: process.cwd() };

type Sample = Finding<"weights-missing">;

/** A finding that says {@link MESSAGE} and {@link HINT}, if its arguments are not changed. */
export const finding = ({
  args,
  ...more
}: Partial<Omit<Sample, "args">> & { readonly args?: Partial<Sample["args"]> } = {}): Sample => ({
  code: "weights-missing",
  severity: "error",
  args: { key: "K", path: "models/m", command: "train.sh", optional: false, ...args },
  ...more,
});

export const MESSAGE = "K names models/m, which is not in the MMAR.";
export const HINT =
  "Download the model again if it came with the file; otherwise make it with train.sh, or correct K.";

export const subject = (more: Partial<Subject> = {}): Subject => ({
  name: "m",
  location: "models/m",
  isArchive: false,
  ok: true,
  findings: [],
  ...more,
});

/** The whole text of a report. */
export async function reportOf(
  reporter: Reporter,
  subjects: readonly Subject[],
  of: ReportContext = context,
): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of reporter(given(subjects), of)) pieces.push(piece);
  return pieces.join("");
}

async function* given(subjects: readonly Subject[]): AsyncIterable<Subject> {
  yield* subjects;
}

/** What could break out of a report, and any other text, halves of surrogate pairs with it. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        ..."|`*_[](){}<>&@#!\\~$:,%\"'\n\r\t\0\u0007\u2028 -a1".split(""),
        ...["]]>", "::", "##[", "<!--", "-->", "&amp;", "www.a.b", "http://a", "%0A", "](", "{0}"],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
);

const place = fc.record(
  {
    file: anyText,
    key: anyText,
    line: fc.integer({ min: 1, max: 9999 }),
    column: fc.integer({ min: 1, max: 9999 }),
  },
  { requiredKeys: ["file"] },
);

/** Findings of some codes, whose message begins and whose hint ends with any text. */
const anyFinding: fc.Arbitrary<Finding> = fc.oneof(
  findingsOf("weights-missing", {
    key: anyText,
    path: anyText,
    command: anyText,
    optional: fc.boolean(),
  }),
  findingsOf("environment-key-missing", { key: anyText, example: anyText }),
  findingsOf("set-env-missing", {}),
);

function findingsOf<C extends FindingCode>(
  code: C,
  args: { readonly [N in keyof FindingArgs<C>]: fc.Arbitrary<FindingArgs<C>[N]> },
): fc.Arbitrary<Finding> {
  const made = fc.record(
    {
      code: fc.constant(code),
      severity: fc.constantFrom("error", "warning", "info"),
      args: fc.record(args),
      place,
    },
    { requiredKeys: ["code", "severity", "args"] },
  );
  return made as unknown as fc.Arbitrary<Finding>;
}

/** A subject of any texts, but for the null character, which no path has. */
export const anySubject: fc.Arbitrary<Subject> = fc.record(
  {
    name: anyText,
    location: anyText.map((text) => text.replaceAll("\0", "")),
    isArchive: fc.boolean(),
    ok: fc.boolean(),
    findings: fc.array(anyFinding, { maxLength: 4 }),
    failure: anyText,
    outcome: anyText,
  },
  { requiredKeys: ["name", "location", "isArchive", "ok", "findings"] },
);
