import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { REPOSITORY } from "../support/mmars.js";

/** The examples of pages that use the library, as files of TypeScript. */
function examples(): Map<string, string> {
  const pages = ["README.md", ...readdirSync(join(REPOSITORY, "docs")).map((n) => `docs/${n}`)];
  const found = pages
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      const text = readFileSync(join(REPOSITORY, name), "utf8");
      return [...text.matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)].map(
        ([, code = ""], index) =>
          [join(REPOSITORY, `${name.replace(/\W/g, "-")}-${index}.ts`), code] as const,
      );
    });
  return new Map(found);
}

it("the pages' examples of the library compile in strict TypeScript", () => {
  const files = examples();
  expect(files.size).toBeGreaterThan(1);
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    paths: { mmar2mdai: [join(REPOSITORY, "src/index.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    const code = files.get(name);
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  // Of the pages only: `npm run typecheck` checks the sources, which takes the longest.
  const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  for (const name of files.keys()) {
    const source = program.getSourceFile(name);
    expect(source, name).toBeDefined();
    found.push(
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    );
  }
  const faults = found.map(
    ({ messageText, file }) =>
      `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  );
  expect(faults).toEqual([]);
});
