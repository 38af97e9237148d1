import { type Finding, finding } from "../../../findings/finding.js";
import { knownChannel } from "../../../model/channels.js";
import { type Fact, fromOption, type Override } from "../../../model/facts.js";
import { MODALITIES } from "../../../options/words.js";
import { asObject, asString } from "../../../text/json.js";
import { type CatalogueModel, inCatalogue } from "../catalogue.js";
import { argFor } from "../config.js";
import { ENVIRONMENT, type Mmar } from "../mmar.js";
import { is } from "./classifier-scores.js";

/** What was found out about the modalities that a model is for. */
interface ModalityResult {
  /** Undefined where nothing says them; an empty list takes any. */
  readonly modalities: Fact<readonly string[]> | undefined;
  readonly findings: readonly Finding[];
  readonly overrides: readonly Override[];
}

/**
 * Concludes which modalities a model is for: by what is known of NGC's models, the data list's
 * `modality`, MODALITY in environment.json, the names of the MMAR and of its data list, or a window of
 * Hounsfield units.
 *
 * @param wanted - what the user says; an empty list takes any
 * @param imageKey - the image in the data list's items
 */
export function deriveModalities(
  mmar: Mmar,
  wanted: readonly string[] | undefined,
  imageKey: string,
): ModalityResult {
  const derived = sources(mmar, imageKey).find((fact) => fact !== undefined);
  if (wanted === undefined) {
    const isBlind = mmar.environment === undefined || mmar.inference === undefined;
    const findings = derived || isBlind ? [] : [finding("modality-unknown", {})];
    return { modalities: derived, findings, overrides: [] };
  }
  const override: Override = {
    option: "modality",
    value: shownModalities(wanted),
    instead: derived && shownModalities(derived.value),
  };
  const modalities = { value: wanted, from: fromOption("modality") };
  return { modalities, findings: [], overrides: [override] };
}

/** `CR, DX`, or `any`. */
export const shownModalities = (names: readonly string[]): string => names.join(", ") || "any";

type Source = Fact<readonly string[]> | undefined;

function sources(mmar: Mmar, imageKey: string): Source[] {
  const { dataList, environment } = mmar;
  const model = inCatalogue(mmar.name);
  const listed = Object.values(asObject(dataList?.value.modality) ?? {});
  return [
    ofModel(model),
    fact(listed.flatMap(ofChannel), `modality in ${dataList?.path}`),
    fact(stated(asString(environment?.value.MODALITY)), `MODALITY in ${ENVIRONMENT}`),
    fact(inWords(mmar.name), "the MMAR's name"),
    ...["name", "description"].map((key) =>
      fact(alone(inWords(asString(dataList?.value[key]))), `${key} in ${dataList?.path}`),
    ),
    ofWindow(mmar, imageKey),
  ];
}

const fact = (names: readonly string[], from: string): Source =>
  names.length === 0 ? undefined : { value: [...new Set(names)], from };

/** A channel by the data list: `CT`, `MRI`, or a contrast of MRI. */
function ofChannel(value: unknown): string[] {
  const name = typeof value === "string" ? value.trim() : "";
  const words = stated(name);
  if (words.length > 0) return words;
  return knownChannel(name) === undefined ? [] : ["MR"];
}

/** A value that is to be a modality: DICOM's own terms, or words; empty where it is none. */
export function stated(text: string | undefined): string[] {
  const terms = (text ?? "").toUpperCase().split(/[\s,\\/]+/);
  const areTerms = terms.every((term) => (MODALITIES as readonly string[]).includes(term));
  return areTerms ? terms : inWords(text);
}

const ofModel = (model: CatalogueModel | undefined): Source =>
  model?.modalities && {
    value: model.modalities,
    from: `NGC's description of ${model.name}`,
  };

/** Plain X-ray: DICOM has a modality for cassettes that are scanned, and one for detectors. */
const X_RAY = ["CR", "DX"];

/** Words of names, with the modalities that they mean. The first of a kind that fits counts. */
const WORDS: readonly (readonly [words: RegExp, modalities: readonly string[]])[] = [
  [/\b(ct|cta|cect|ncct|hrct|ldct)\b|computed tomography/, ["CT"]],
  [/\b(mr|mri|mra|dwi|flair|t1c?|t1w|t2|t2w)\b|magnetic resonance/, ["MR"]],
  [/\bpet\b/, ["PT"]],
  [/\b(ultrasound|sonograph\w*|echocardio\w*)\b/, ["US"]],
  [/\bmammo\w*/, ["MG"]],
  [/\bdsa\b/, ["XA"]],
  [/\bfluoroscop\w*/, ["RF"]],
  [/\b(\w*x ?rays?|cxr|radiographs?)\b/, X_RAY],
];

/** The modalities that words in a text mean, in the order of {@link WORDS}. */
function inWords(text: string | undefined): string[] {
  const plain = (text ?? "").toLowerCase().replace(/[^a-z0-9]+/g, " ");
  return WORDS.flatMap(([words, modalities]) => (words.test(plain) ? modalities : []));
}

/** In running text a second modality may be one that the model is not for. */
const alone = (names: readonly string[]): readonly string[] =>
  names.length === 1 || names.join() === X_RAY.join() ? names : [];

/** Only Hounsfield units, of the modalities that are scaled by fixed numbers, go below zero. */
function ofWindow({ inference }: Mmar, imageKey: string): Source {
  const scaling = (inference?.preTransforms ?? []).find((t) => {
    const bottom = is(t, "ScaleIntensityRange") ? argFor(t, "a_min", imageKey) : undefined;
    return typeof bottom === "number" && bottom < 0;
  });
  if (scaling === undefined) return undefined;
  const bottom = argFor(scaling, "a_min", imageKey);
  const where = `pre_transforms of ${inference?.file.path}`;
  return { value: ["CT"], from: `${scaling.name} from ${bottom}, Hounsfield units, in ${where}` };
}
