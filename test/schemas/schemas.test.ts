import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("../../schemas/", import.meta.url));

describe.each(readdirSync(FOLDER))("schemas/%s", (name) => {
  it("is a JSON Schema by the schema of such, which is not looked at when it is used", () => {
    const schema = JSON.parse(readFileSync(`${FOLDER}${name}`, "utf8")) as object;
    const ajv = new Ajv({ allErrors: true });
    expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
  });
});
