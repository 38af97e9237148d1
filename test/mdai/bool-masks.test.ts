import { describe, expect, it } from "vitest";
import { readDeployCode } from "../../src/mdai/deploy-code.js";

/** Lines of each piece of code where a mask looks like one of bool. */
async function readAll(pieces: readonly (readonly string[])[]): Promise<number[][]> {
  const files = pieces.map((code, i) => ({
    path: `${i}.py`,
    source: Buffer.from(code.join("\n")),
  }));
  const facts = await readDeployCode(files, undefined, { env: process.env });
  if (typeof facts === "string") throw new Error(facts);
  return facts.files.map(({ bool_masks: masks }) => masks.map(({ line }) => line));
}

const lines = async (...code: string[]): Promise<number[]> => (await readAll([code]))[0] ?? [-1];

const SINK = 'x = {"mask": m.tolist()}';

const FOUND = [
  ["m = p > 0.5", SINK],
  ["m = p", "m = m >= 0.5", SINK],
  ["m = (a > 1) & ~(b == 2)", SINK],
  ["m = np.logical_and(a, b)", SINK],
  ["m = ndimage.binary_fill_holes(p)", SINK],
  ["m = np.zeros((2, 2), dtype=bool)", "m[0] = 1", SINK],
  ['x = {"mask": p.astype(bool).tolist()}'],
  ['x = {"mask": p.astype("bool").T.copy().tolist()}'],
  ['x = {"mask": np.rot90(p.astype(dtype=np.bool_), 2)[::-1].tolist()}'],
  ['x = {"data": {**more, "mask": (p > 1).tolist()}}'],
  ["rows = (p > 1).tolist()", 'x["mask"] = rows'],
  ['x = {"mask": [[bool(v) for v in row] for row in p]}'],
  ['x = {"mask": [[v > 0 for v in row] for row in p]}'],
  ['x = [{"mask": m.tolist()} for m in [p == i for i in range(3)]]'],
  ["for m, ds in zip(volume > 0, files):", `    ${SINK}`],
  ["for i, m in enumerate(volume == 3):", `    ${SINK}`],
  ["m = p > 1", "if a:", `    ${SINK}`, "m = m.astype(int)"],
];

const INNOCENT = [
  ["m = p > 0.5", "m = m.astype(np.uint8)", SINK],
  ["m = np.where(p > 0.5, 1, 0)", SINK],
  ["m = 1 * (p > 0.5)", SINK],
  ["m = (p > 0.5) + 0", SINK],
  ["p[p > 0.5] = 1", 'x = {"mask": p.tolist()}'],
  ['x = {"mask": p[p > 2].tolist()}'],
  ["m = np.array(p > 2, dtype=int)", SINK],
  ["m = np.zeros((2, 2))", "m[p > 1] = 1", SINK],
  ["m = cv2.resize(p > 1, size)", SINK],
  ['x = {"mask": [[int(v) for v in row] for row in p]}'],
  ['x = {"other": (p > 1).tolist()}'],
  ['x = {"mask": (p > 1)}'],
  ["m = p > 1", "m &= q", SINK],
  ["m, n = p > 1, 2", SINK],
  ["m = p > 1", "if a:", "    m = m.astype(int)", SINK],
  ["m = p > 1", "for i in a:", `    ${SINK}`, "    m = m.astype(int)"],
  ["m = p > 1", "for m in other:", `    ${SINK}`],
  ["m = p > 1", "with other() as m:", `    ${SINK}`],
  ["m = p > 1", "try:", "    m = q", "except E:", `    ${SINK}`],
  ["m = p > 1", "while (m := f()):", `    ${SINK}`],
  ["m = p > 1", "import other as m", SINK],
  ["m = p > 1", "def f(m):", `    ${SINK}`],
  ["masks = [p > 1, q]", "for m in masks:", `    ${SINK}`],
];

let all: Promise<ReadonlyMap<readonly string[], number[]>> | undefined;

/** Lines of one of the pieces of code, which are all read by one Python. */
async function linesOf(code: readonly string[]): Promise<number[] | undefined> {
  const pieces: (readonly string[])[] = [...FOUND, ...INNOCENT];
  all ??= readAll(pieces).then((found) => new Map(pieces.map((one, i) => [one, found[i] ?? [-1]])));
  return (await all).get(code);
}

describe("a mask that looks like bool", () => {
  it("is found where a list of masks is made by comparing, and gone through later", async () => {
    const code = `
class MDAIModel:
    def predict(self, data):
        for number, picture in enumerate(volume):
            found = [
                (np.flip(picture == label), label - 1)
                for label in range(1, self.count)
                if (picture == label).any()
            ]
            if found:
                for one in found:
                    answers.append({"class_index": one[1], "data": {"mask": one[0].tolist()}})
            else:
                answers.append({"type": "NONE"})
`;
    expect(await lines(code)).toEqual([12]);
    expect(await lines(code.replace("label), label", "label).astype(int), label"))).toEqual([]);
    expect(await lines(code.replace("one[0]", "one[0].astype(np.uint8)"))).toEqual([]);
    expect(await lines(code.replace("one[0]", "one[1]"))).toEqual([]);
  });

  it.each(FOUND.map((code) => [code]))("is found: %j", async (code) => {
    const wanted = code.findIndex((line) => /"mask"\]? ?[:=]/.test(line)) + 1;
    expect(await linesOf(code)).toEqual([wanted]);
  });

  it.each(INNOCENT.map((code) => [code]))("is not: %j", async (code) => {
    expect(await linesOf(code)).toEqual([]);
  });

  it("code that is made to take for ever is given up", async () => {
    const doubled = Array.from({ length: 80 }, (_, i) => `m${i + 1} = m${i} & m${i}`);
    const code = ["m0 = p > 1", ...doubled, 'x = {"mask": m80.tolist()}'];
    expect(await lines(...code)).toEqual([]);
  });
});
