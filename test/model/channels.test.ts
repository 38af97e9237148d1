import { describe, expect, it } from "vitest";
import { knownChannel } from "../../src/model/channels.js";
import { parseChannel } from "../../src/model/parse-channel.js";

const only = (rule: string) => {
  const channel = parseChannel(rule);
  if (typeof channel === "string") throw new Error(channel);
  return channel;
};

describe("a rule of the user's", () => {
  it("asks for a whole text, which no character of means more", () => {
    expect(only("T2=SeriesDescription:t2 (tra) + 1.5")).toEqual({
      name: "T2",
      rules: [
        [
          {
            attribute: "SeriesDescription",
            pattern: "^t2 \\(tra\\) \\+ 1\\.5$",
            negate: false,
          },
        ],
      ],
    });
  });

  it("asks for a pattern, or for its absence, in several attributes", () => {
    expect(only("T1c = seriesdescription : ~t1.*gd & Plane:!~sag & ImageType:!M").rules).toEqual([
      [
        { attribute: "SeriesDescription", pattern: "t1.*gd", negate: false },
        { attribute: "Plane", pattern: "sag", negate: true },
        { attribute: "ImageType", pattern: "^M$", negate: true },
      ],
    ]);
  });

  it("keeps blanks, colons and equals signs in the text", () => {
    const [[condition] = []] = only("A=ProtocolName:a = b: c").rules;
    expect(condition?.pattern).toBe("^a = b: c$");
  });

  it.each([
    ["T1c", "must be NAME="],
    ["=SeriesDescription:x", "must be NAME="],
    ["T1c=SeriesDescription", "is not ATTRIBUTE:TEXT"],
    ["T1c=SeriesDescription:", "is not ATTRIBUTE:TEXT"],
    ["T1c=SeriesDescription:~", "is not ATTRIBUTE:TEXT"],
    ["T1c=SeriesDescription:a & b", 'the condition "b"'],
    ["T1c=PatientName:x", "names PatientName; attributes are SeriesDescription"],
    ["T1c=SeriesDescription:~t1(", "not a valid regular expression"],
  ])("%s is told what is wrong", (rule, message) => {
    expect(parseChannel(rule)).toContain(message);
  });

  it.each(["(?<name>t1)", "\\p{L}", "\\Zt1", "a\\\\\\ct"])(
    "%s is refused: Python has no such pattern",
    (pattern) => {
      expect(parseChannel(`T1c=SeriesDescription:~${pattern}`)).toContain(
        "not a valid regular expression",
      );
    },
  );

  it.each(["\\bt1\\b", "(?<!a)t1(?=c)", "(?<=a)t1", "\\\\Z", "\\d\\D\\s\\S\\w\\W\\B", "\\(?<x"])(
    "%s is taken: Python reads it as JavaScript does",
    (pattern) => {
      expect(only(`T1c=SeriesDescription:~${pattern}`).rules[0]?.[0]?.pattern).toBe(pattern);
    },
  );
});

describe("a pattern that could take forever", () => {
  it.each([
    ["(a+)+$", "repeats a group"],
    ["(a|aa)*b", "repeats a group"],
    ["(?:a?){30}b", "repeats a group"],
    ["((ab)*c)*", "repeats a group"],
    ["(t1)\\1", "refers back"],
    ["a*a*a*a*a*a*a*a*a*a*b", "too many repeats"],
    [".*.*.*.*x", "too many repeats"],
    [`${"a?".repeat(30)}${"a".repeat(30)}`, "too many repeats"],
    [`${"(a|[a])".repeat(30)}b`, "too many repeats"],
    ["(?=.*.*.*.*x)t1", "too many repeats"],
  ])("%s is refused", (pattern, message) => {
    expect(parseChannel(`T1c=SeriesDescription:~${pattern}`)).toContain(message);
  });

  it.each([
    "t1.*(gd|post|ce)",
    "^(800|1000)$",
    "t1[ _-]*(mprage|se)?.*(gd|post|ce|km).*fs",
    "(?!.*sub).*t1.*post",
    "(?<![a-z])t2(?![a-z0-9]*flair)",
    "b\\d{1,4}",
  ])("%s is taken", (pattern) => {
    expect(only(`T1c=SeriesDescription:~${pattern}`).rules[0]?.[0]?.pattern).toBe(pattern);
  });
});

describe("known contrasts", () => {
  it.each([
    ["T1c", "T1c"],
    ["t1ce", "T1c"],
    ["T1-Gd", "T1c"],
    ["T1gd", "T1c"],
    ["t1w", "T1"],
    ["T2w", "T2"],
    ["T2-FLAIR", "FLAIR"],
    ["adc", "ADC"],
    ["HBV", "DWI"],
  ])("%s is %s", (name, known) => {
    expect(knownChannel(name)).toMatchObject({ name: known, contrast: known, rules: [] });
  });

  it.each(["CT", "MRI", "PET", "constructor", ""])("%s is none", (name) => {
    expect(knownChannel(name)).toBeUndefined();
  });
});
