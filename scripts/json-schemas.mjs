// Makes schemas/*.json of the definitions in src, which are zod's.
import { z } from "zod";

/**
 * The JSON Schema of a definition, draft 7.
 *
 * @param definition - a schema of zod's; what it holds with an `id` stands in definitions
 * @param id - the name of the file
 */
export function jsonSchema(definition, id) {
  const { $schema, ...rest } = z.toJSONSchema(definition, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema),
  });
  return { $schema, $id: id, ...rest };
}

/** As text for a file. */
export const jsonSchemaText = (definition, id) =>
  `${JSON.stringify(jsonSchema(definition, id), null, 2)}\n`;

function tidy(zodSchema, json) {
  // Another file's schema.
  if (json.file !== undefined) {
    json.$ref = json.file;
    delete json.file;
  }
  // Nothing reads or writes single keys of these.
  delete json.readOnly;
  // The limits of JavaScript's whole numbers are none of the file's.
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  // One fault is told once: the words say the type, too.
  if (json.enum !== undefined || json.const !== undefined) delete json.type;
  // As a key's name every text will do.
  if (json.propertyNames?.type === "string") {
    delete json.propertyNames.type;
    if (Object.keys(json.propertyNames).length === 0) delete json.propertyNames;
  }
  if (json.allOf?.length === 1 && Object.keys(json).length === 1) {
    json.$ref = json.allOf[0].$ref;
    delete json.allOf;
  }
  const { discriminator } = zodSchema._zod.def;
  if (discriminator !== undefined) branchOn(discriminator, json);
}

/** Faults are those of the branch that is meant, not of all: oneOf would tell them all. */
function branchOn(key, json) {
  const branches = json.oneOf;
  delete json.oneOf;
  Object.assign(json, {
    type: "object",
    required: [key],
    properties: { [key]: { enum: branches.map((branch) => branch.properties[key].const) } },
    allOf: branches.map((branch) => ({
      if: {
        type: "object",
        required: [key],
        properties: { [key]: { const: branch.properties[key].const } },
      },
      // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
      then: branch,
    })),
  });
}
