import { handOverJson } from "../pack/hand-over-text.js";
import { JSON_VERSION, type RunOutput } from "../public-json/output.js";
import type { StackResult } from "../run/result.js";
import type { RunOutcome } from "../run/run.js";
import { findingJson } from "./json.js";

/** What `run --json` prints. */
export function runJson(outcome: RunOutcome): RunOutput {
  const common = {
    schema: JSON_VERSION,
    command: "run",
    ok: outcome.ok,
    findings: outcome.findings.map(findingJson),
  } as const;
  if (outcome.out === undefined) {
    const nothing = { out: null, report: null, verdict: null, scope: null, ran_on: null };
    return { ...common, ...nothing, hand_over: null, versions: {}, memory: null, requests: [] };
  }
  const { out, subject, result, verdict } = outcome;
  return {
    ...common,
    out,
    report: outcome.report,
    verdict,
    scope: subject.scope,
    hand_over: handOverJson(subject.handOver),
    ran_on: subject.ranOn,
    versions: result.versions,
    memory: result.memory,
    requests: result.requests.map(({ series, ...request }) => ({
      ...request,
      series: series.map(volumeJson),
    })),
  };
}

function volumeJson(stack: StackResult): RunOutput["requests"][number]["series"][number] {
  const { title, series_uid, modality, shape, classes, files, warnings, label } = stack;
  const compared = label?.map(({ file: _file, ...numbers }) => numbers);
  return {
    ...{ title, series_uid, modality, shape, classes, files, warnings },
    ...(compared && { label: compared }),
  };
}
