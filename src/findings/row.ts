/** How bad a finding is: an error stops the packing, or fails a bundle; a warning does with `--strict`. */
export type Severity = "error" | "warning" | "info";

/** What an argument of a finding may be: what JSON can hold. */
export type ArgValue =
  | string
  | number
  | boolean
  | null
  | readonly ArgValue[]
  | { readonly [name: string]: ArgValue };

/** The arguments of a finding, by their names. */
export type Args = { readonly [name: string]: ArgValue };

/** The arguments of a finding whose wording is always the same. */
export type NoArgs = Readonly<Record<never, never>>;

/** What other code asks of a code. Absent means no. */
interface Columns {
  /** Where there is such a finding, only such are shown: all others follow from the same cause. */
  readonly hidesOthers?: true;
  /** It is said when the MMAR is packed, and is not a fault of the bundle: verify leaves it out. */
  readonly saidByPack?: true;
  /**
   * It stops inference whatever the deploy code does: verify finds it in bundles of others, too,
   * whose deploy code may set, replace or do without anything else.
   */
  readonly stopsAnyDeployCode?: true;
  /** It says that something was not checked: what, as the end of "Not checked: …". */
  readonly unchecked?: string;
  /** The input is something else than an MMAR: a search passes it over. */
  readonly notAnMmar?: true;
}

/** Arguments that a row is documented with: placeholders, and numbers as examples. */
export interface Example<A> {
  /** The case that this wording is for, to go on after "If "; absent if the row has no other. */
  readonly when?: string;
  readonly args: A;
}

/** A wording that does not depend on its arguments, or one that does. */
type Text<A> = string | ((args: A) => string);

interface Common<A> extends Columns {
  readonly severity: Severity;
  /** What the finding is, in a few words, for a heading. */
  readonly title: string;
  /** What is so, and why it matters: one sentence, or two. */
  readonly message: Text<A>;
  /** What the user can do. */
  readonly hint: Text<A>;
  /** Arguments that are the number of a line: they change when something above it does. */
  readonly lines?: readonly (keyof A & string)[];
}

/** A row as it is written: with one example, or where its wording branches with one per branch. */
type Spec<A> = Common<A> &
  (
    | { readonly example: A }
    | { readonly cases: readonly [Case<A>, Case<A>, ...(readonly Case<A>[])] }
  );

type Case<A> = Required<Example<A>>;

/** One row of the table of findings. `A` is what a finding of this code carries. */
export interface Row<A> extends Columns {
  readonly severity: Severity;
  readonly title: string;
  readonly message: (args: A) => string;
  readonly hint: (args: A) => string;
  readonly lines: readonly string[];
  /** One, or where the wording branches one per branch. */
  readonly examples: readonly Example<A>[];
}

/** What a finding of a row carries. */
export type ArgsOf<R> = R extends Row<infer A> ? A : never;

/** A row whose wording depends on what the finding carries. */
export function row<A extends Args>(spec: Spec<A>): Row<A> {
  return {
    ...spec,
    message: asFunction(spec.message),
    hint: asFunction(spec.hint),
    lines: spec.lines ?? [],
    examples: "cases" in spec ? spec.cases : [{ args: spec.example }],
  };
}

/** A row whose findings carry nothing, and always say the same. */
export const fixedRow = (
  spec: Common<NoArgs> & { readonly message: string; readonly hint: string },
): Row<NoArgs> => row<NoArgs>({ ...spec, example: {} });

const asFunction = <A>(text: Text<A>): ((args: A) => string) =>
  typeof text === "string" ? () => text : text;

/** Placeholders for arguments that are texts: `‹path›` for `path`. */
export const named = <N extends string>(...names: readonly N[]): Readonly<Record<N, string>> =>
  Object.fromEntries(names.map((name) => [name, `‹${name}›`])) as Record<N, string>;

/** A number with a noun or more behind it: `counted(2, "file lies", "files lie")`. */
export const counted = (count: number, one: string, several: string): string =>
  `${count === 1 ? "one" : count} ${count === 1 ? one : several}`;
