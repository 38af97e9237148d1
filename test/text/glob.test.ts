import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { globMatcher, globProblem, globsProblem, isGlob, splitGlob } from "../../src/text/glob.js";

const matches = (glob: string, path: string): boolean => globMatcher([glob])(path);

describe("what globs mean", () => {
  it.each([
    ["docs", "docs", true],
    ["docs", "docs/a", false],
    ["*.md", "a.md", true],
    ["*.md", ".md", true],
    ["*.md", "docs/a.md", false],
    ["**/*.md", "a.md", true],
    ["**/*.md", "docs/deep/a.md", true],
    ["**/*.md", "docs/a.mdx", false],
    ["docs/**", "docs", true],
    ["docs/**", "docs/a/b", true],
    ["docs/**", "docs2/a", false],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/xb", false],
    ["**", "any/thing", true],
    ["a**b", "axxb", true],
    ["a**b", "a/b", false],
    ["f?.txt", "f1.txt", true],
    ["f?.txt", "f/.txt", false],
    ["f?.txt", "f\u{1f600}.txt", true],
    ["[a-c]x", "bx", true],
    ["[a-c]x", "dx", false],
    ["[!a-c]x", "dx", true],
    ["[!a-c]x", "/x", false],
    ["[^a]", "b", true],
    ["[]]", "]", true],
    ["[[:digit:]]", "7", true],
    ["[[:digit:]]", "x", false],
    ["scan[1]/**", "scan[1]/a", true],
    ["scan[1]/**", "scan1/a", true],
    ["[ab", "[ab", true],
    ["*.{zip,tar.gz}", "a.tar.gz", true],
    ["*.{zip,tar.gz}", "a.tar", false],
    ["{a,b/**}", "b/c", true],
    ["{a,{b,c}d}", "cd", true],
    ["x{1..3}", "x2", true],
    ["x{1..3}", "x4", false],
    ["x{a}", "x{a}", true],
    ["{a", "{a", true],
    ["model (1).pt", "model (1).pt", true],
    ["@(a|b).ts", "b.ts", true],
    ["*(ab)c", "ababc", true],
    ["+(ab)c", "c", false],
    ["?(ab)c", "c", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
  ])("%s and %s", (glob, path, expected) => expect(matches(glob, path)).toBe(expected));

  it("what picomatch says, for globs and paths of any make", () => {
    // Where picomatch contradicts bash, as in [!a]/**, nothing is to be learnt from it.
    const piece = fc.constantFrom(..."ab", ".", "*", "?", "[ab]", "{a,b}", "{ab,.}");
    const part = fc
      .array(piece, { minLength: 1, maxLength: 4 })
      .map((all) => all.join(""))
      .filter((text) => !/\*\*|^(\.|\{ab,\.\}){1,2}$/.test(text));
    const plain = fc
      .array(fc.oneof(part, fc.constant("**")), { minLength: 1, maxLength: 5 })
      .map((all) => all.join("/"));
    const name = fc.stringMatching(/^\.?[ab]{1,3}(\.[ab])?$/);
    const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((all) => all.join("/"));
    const property = fc.property(plain, paths, (glob, path) => {
      expect(matches(glob, path), `${glob} ${path}`).toBe(picomatch(glob, { dot: true })(path));
    });
    fc.assert(property, { numRuns: 5000 });
  });
});

describe("how long matching takes", () => {
  const hostile = [
    `${"*a".repeat(15)}b`,
    `${"*a".repeat(240)}b`,
    `${"**/".repeat(150)}b`,
    `${"*(a|aa)".repeat(60)}b`,
    `${"*(*(a))".repeat(60)}b`,
    `*a${"?".repeat(400)}b`,
    `${"{a,aa}".repeat(80)}b`,
  ];
  it.each(hostile)("%.30s", (glob) => {
    expect(globProblem(glob)).toBe(undefined);
    const matcher = globMatcher([glob]);
    const start = performance.now();
    for (const path of ["a".repeat(200), "a/".repeat(100), "a".repeat(4000)]) {
      expect(matcher(path)).toBe(false);
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("globs that are refused", () => {
  it.each([
    ["a".repeat(501), "has 501 characters; at most 500 are allowed"],
    ["!docs", 'begins with "!", but globs can\'t be negated (for a file of that name: \\!)'],
    ["docs/!(a)", "has !(…), but globs can't be negated"],
    ["{1..5000}", "has {1..5000}, which are too many"],
    ["{1..900}".repeat(20), "has far too many alternatives"],
    ["[[:nope:]]", "has [:nope:], which is not a known class"],
  ])("%.30s", (glob, problem) => expect(globProblem(glob)).toBe(problem));

  it("many that are too long together", () => {
    const all = Array.from({ length: 30 }, () => "a".repeat(400));
    expect(globsProblem(all)).toBe("have 12000 characters together; at most 10000 are allowed");
    expect(globsProblem(all.slice(5))).toBe(undefined);
  });

  it("no text makes anything else than a matcher or a problem", () => {
    const text = fc.string({ maxLength: 40, unit: fc.constantFrom(..."ab*?[]{}()!@+|,.\\/-:^") });
    const property = fc.property(text, text, (glob, path) => {
      if (globProblem(glob) === undefined) expect(typeof matches(glob, path)).toBe("boolean");
    });
    fc.assert(property, { numRuns: 3000 });
  });
});

it.each([
  ["models/*_ct_*", "models", "*_ct_*"],
  ["/data/m*/x", "/data", "m*/x"],
  ["/m*", "/", "m*"],
  ["*.zip", "", "*.zip"],
  ["a/{b/c,d}/e", "a", "{b/c,d}/e"],
])("the folders before %s", (glob, base, rest) => {
  expect(isGlob(glob)).toBe(true);
  expect(splitGlob(glob)).toEqual({ base, rest });
});
