import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  type batchSchema,
  type inspectSchema,
  packSchema,
  verifySchema,
} from "../../src/options/schema.js";
import type {
  InspectOptions,
  OwnBatchOptions,
  PackOptions,
  VerifyOptions,
} from "../../src/options/types.js";
import { REPOSITORY } from "../support/mmars.js";

/** `true` where each of the two types can be assigned to the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

// What is checked here is checked by tsc: a type that differs does not compile.
const SAME: readonly true[] = [
  true satisfies Same<InspectOptions, z.input<typeof inspectSchema>>,
  true satisfies Same<PackOptions, z.input<typeof packSchema>>,
  true satisfies Same<OwnBatchOptions, z.input<typeof batchSchema>>,
  true satisfies Same<VerifyOptions, z.input<typeof verifySchema>>,
  true satisfies Same<keyof PackOptions, keyof z.input<typeof packSchema>>,
  true satisfies Same<keyof InspectOptions, keyof z.input<typeof inspectSchema>>,
  true satisfies Same<keyof OwnBatchOptions, keyof z.input<typeof batchSchema>>,
  true satisfies Same<keyof VerifyOptions, keyof z.input<typeof verifySchema>>,
];

const files = ["types", "run-types"].map((name) => join(REPOSITORY, `src/options/${name}.ts`));
const sources = files.map((file) =>
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true),
);

/** Every property of the interfaces, with its doc comment. */
function properties(): { name: string; doc: string; fallback: string | undefined }[] {
  const members = (source: ts.SourceFile) =>
    source.statements.filter(ts.isInterfaceDeclaration).flatMap(({ members }) => [...members]);
  return sources.flatMap((source) =>
    members(source).map((member) => {
      const [doc] = ts.getJSDocCommentsAndTags(member);
      const tag = ts.getJSDocTags(member).find((t) => t.tagName.text === "defaultValue");
      return {
        name: member.name?.getText(source) ?? "",
        doc: doc === undefined ? "" : doc.getText(source).replace(/\s*\n \s*\* ?/g, " "),
        fallback: tag && String(ts.getTextOfJSDocComment(tag.comment)).replaceAll("`", ""),
      };
    }),
  );
}

describe("the public types of options", () => {
  it("are those that the checks take, both ways", () => {
    expect(SAME.every(Boolean)).toBe(true);
  });

  it("know nothing of zod, and say of each key what it is and what holds without it", () => {
    for (const file of files) expect(readFileSync(file, "utf8")).not.toMatch(/from "zod"/);
    const all = properties();
    expect(all.length).toBeGreaterThan(30);
    for (const { name, doc, fallback } of all) {
      expect(doc, name).toMatch(/\w+ \w+/);
      const isTold =
        fallback !== undefined || /[Bb]y default|has to be given|never reported/.test(doc);
      expect(isTold, `${name} says what holds without it`).toBe(true);
    }
  });

  it("name the defaults that the checks have", () => {
    const defaults: Record<string, unknown> = {
      ...packSchema.parse({}),
      ...{ cache: true, series: [], args: {}, yes: false, click: [] },
    };
    const told = Object.fromEntries(
      properties().flatMap(({ name, fallback }) =>
        fallback === undefined ? [] : [[name, JSON.parse(fallback)]],
      ),
    );
    for (const [name, value] of Object.entries(told)) expect(defaults[name], name).toEqual(value);
    expect(verifySchema.parse({}).strict).toBe(told.strict);
  });
});
