import { describe, expect, it } from "vitest";
import { absolute, BundleConfig, keysOf } from "../../../src/sources/monai-bundle/config.js";
import { type JsonFile, type JsonObject, parseJson } from "../../../src/text/json.js";

const file = (value: JsonObject, path = "configs/inference.json"): JsonFile => {
  const read = parseJson(path, Buffer.from(JSON.stringify(value, null, 2))).file;
  if (read === undefined) throw new Error("not JSON");
  return read;
};

const config = (value: JsonObject): BundleConfig => new BundleConfig([file(value)]);

describe("ids of a config", () => {
  it.each([
    ["a#b", "x#y", "a#b"],
    // Each # in front goes one level up from what holds the reference, as in MONAI.
    ["#b", "x#y", "x#b"],
    ["##b", "x#y", "b"],
    ["##b#c", "x#y#z", "x#b#c"],
  ])("%s in %s is %s", (id, from, whole) => {
    expect(absolute(id, from)).toBe(whole);
  });

  it("are followed through references, relative ones too, and through expressions", () => {
    const read = config({
      size: [1, 2, 3],
      a: { b: "@size", c: "@#b", d: "@##size", e: "$@a#b[0] + len(@size)", f: "@a::b" },
      text: "user@example.org",
      alone: "@nothing",
    });
    expect(read.valueOf("a#b")).toEqual([1, 2, 3]);
    expect(read.valueOf("a#c")).toEqual([1, 2, 3]);
    expect(read.valueOf("a#d")).toEqual([1, 2, 3]);
    expect(read.valueOf("a#e")).toBe(4);
    expect(read.valueOf("a#f")).toEqual([1, 2, 3]);
    expect(read.valueOf("a#f#1")).toBeUndefined();
    expect(read.valueOf("text")).toBe("user@example.org");
    expect(read.valueOf("alone")).toBeUndefined();
    expect(read.valueOf("size#2")).toBe(3);
  });

  it("have bundle_root where the bundle lies, whatever the config says", () => {
    const read = config({ bundle_root: "/workspace", path: "$@bundle_root + '/models/model.pt'" });
    expect(read.valueOf("path")).toBe("./models/model.pt");
  });

  it("are of the last file that has them", () => {
    const first = file({ a: 1, b: { c: 2 } });
    const last = file({ b: { d: 3 } }, "configs/more.json");
    const read = new BundleConfig([first, last]);
    expect([read.valueOf("a"), read.valueOf("b#c"), read.valueOf("b#d")]).toEqual([
      1,
      undefined,
      3,
    ]);
    expect(read.place("b#d")).toMatchObject({ file: "configs/more.json", line: 3, key: "b.d" });
    expect(read.place("a")).toMatchObject({ file: "configs/inference.json", line: 2 });
  });

  it("may be those of metadata.json", () => {
    const meta = file({ version: "1" }, "configs/metadata.json");
    const read = new BundleConfig([file({ v: "@_meta_#version" })], meta);
    expect(read.valueOf("v")).toBe("1");
    expect(read.place("_meta_#version")).toMatchObject({ file: "configs/metadata.json", line: 2 });
  });
});

describe("components of a config", () => {
  it("are found behind references, and not where they are disabled", () => {
    const read = config({
      off: true,
      a: "@b",
      b: { _target_: "monai.transforms.Invertd", keys: "@key" },
      key: "pred",
      c: { _target_: "Flipd", _disabled_: "@off" },
      d: { _target_: "Flipd", _disabled_: "$not @off" },
      e: { no: "component" },
    });
    expect(read.component("a")).toMatchObject({ id: "b", name: "Invertd" });
    const found = read.component("a");
    expect(found && keysOf(read, found)).toEqual(["pred"]);
    expect(read.component("c")).toBeUndefined();
    expect(read.component("d")?.name).toBe("Flipd");
    expect(read.component("e")).toBeUndefined();
    expect(read.component("nothing")).toBeUndefined();
  });

  it("are the transforms of a Compose, or a transform by itself", () => {
    const read = config({
      post: { _target_: "Compose", transforms: ["@one", { _target_: "Flipd" }] },
      one: { _target_: "Invertd" },
      lone: { _target_: "Flipd" },
      made: { _target_: "Compose", transforms: "$[1, 2]" },
    });
    expect(read.transforms("post")?.map(({ id }) => id)).toEqual(["one", "post#transforms#1"]);
    expect(read.transforms("lone")?.map(({ name }) => name)).toEqual(["Flipd"]);
    expect(read.transforms("made")).toBeUndefined();
    expect(read.transforms("nothing")).toBeUndefined();
  });
});
