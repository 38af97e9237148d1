import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { insidePath } from "../../../src/files/paths.js";

describe("a path that an MMAR names", () => {
  it.each([
    ["models/model.pt", "models/model.pt"],
    ["./models/model.pt", "models/model.pt"],
    ["models//model.pt", "models/model.pt"],
    [".//models/./x/../model.pt", "models/model.pt"],
    ["models/", "models"],
    ["..model/m.pt", "..model/m.pt"],
    [".", "."],
    ["..", undefined],
    ["../x", undefined],
    ["a/../../x", undefined],
    ["./../x", undefined],
    ["/", undefined],
    ["//x", undefined],
    ["/models/model.pt", undefined],
    ["C:/x", undefined],
    ["c:x", undefined],
    ["..\\x", undefined],
    ["a\\..\\..\\x", undefined],
  ])("%s is %s", (path, inside) => {
    expect(insidePath(path)).toBe(inside);
  });

  it("never leaves the MMAR", () => {
    const part = fc.constantFrom("..", ".", "", "a", "...", " ", "~", "\\", "C:", "é", "..a");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const inside = insidePath(parts.join("/"));
        if (inside === undefined) return;
        const there = posix.resolve("/mmar", inside);
        expect(there === "/mmar" || there.startsWith("/mmar/")).toBe(true);
        expect(there).toBe(posix.resolve("/mmar", parts.join("/")));
        expect(inside).not.toMatch(/(^|\/)\.\.(\/|$)|^\/|\\|(?<=.)\/$/);
      }),
    );
  });
});
