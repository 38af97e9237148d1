import type { Severity } from "../findings/table.js";
import { escapeControls } from "../text/format.js";
import { artifactOf, positionOf, sentences } from "./artifact.js";
import type { ReportContext, Reporter, Subject } from "./reporter.js";

type Level = "error" | "warning" | "notice";

/** A message that GitHub shows at a file, in the log and in the summary of a run. */
interface Annotation {
  readonly level: Level;
  readonly properties: Readonly<Record<string, string | number>>;
  readonly text: string;
}

const LEVELS = { error: "error", warning: "warning", info: "notice" } as const satisfies Record<
  Severity,
  Level
>;

/** Workflow commands of GitHub Actions, a line for each finding; the worst of a subject first. */
export const github: Reporter = async function* (subjects, context) {
  for await (const subject of subjects) {
    for (const annotation of annotationsOf(subject, context)) yield commandLine(annotation);
  }
};

/** GitHub shows ten errors and ten warnings of a step, and drops the others. */
const MOST_SHOWN = 10;

/** As {@link github}, but only what GitHub shows, and nothing that asks for no action. */
export const githubShown: Reporter = async function* (subjects, context) {
  const left = { error: MOST_SHOWN, warning: MOST_SHOWN, notice: 0 };
  for await (const subject of subjects) {
    for (const annotation of annotationsOf(subject, context)) {
      if (left[annotation.level]-- > 0) yield commandLine(annotation);
    }
  }
};

function annotationsOf(subject: Subject, context: ReportContext): Annotation[] {
  const { failure, findings, name } = subject;
  const own = findings.map((finding): Annotation => {
    const { line, column } = positionOf(subject, finding.place) ?? {};
    return {
      level: LEVELS[finding.severity],
      properties: {
        file: escapeControls(artifactOf(subject, context, finding.place).path, "\r\n"),
        ...(line !== undefined && { line }),
        ...(column !== undefined && { col: column }),
        title: escapeControls(`${name}: ${finding.code}`),
      },
      text: sentences(subject, finding),
    };
  });
  if (failure === undefined) return own;
  const properties = { title: escapeControls(`${name}: mmar2mdai ${context.command}`) };
  return [{ level: "error", properties, text: escapeControls(failure) }, ...own];
}

/** The annotation of what stopped a command before it had a subject. */
export const failureLine = ({ command }: { readonly command: string }, text: string): string =>
  commandLine({
    level: "error",
    properties: { title: `mmar2mdai ${command}` },
    text: escapeControls(text, "\n"),
  });

/** `::error file=a.json,line=3,col=5,title=x: weights-missing::…` */
function commandLine({ level, properties, text }: Annotation): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${property(`${value}`)}`);
  return `::${level} ${given.join(",")}::${data(text)}\n`;
}

/** What the message of a command may not hold, in the form that the runner decodes. */
const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** As {@link data}, for the value of a property. */
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/**
 * A text in which the runner finds no command: names of an MMAR must not give it orders. It takes a
 * line for one that begins with "::", behind spaces too, or has the older "##[" anywhere. JSON stays
 * the same value.
 */
export const withoutCommands = (text: string): string =>
  text.replaceAll("##[", "##\\u005b").replace(/^(\s*):(?=:)/gm, "$1\\u003a");
