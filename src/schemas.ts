import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

/** The JSON Schemas that are shipped in schemas/. */
export type SchemaName = "environment" | "config_mdai" | "config_yaml" | "manifest";

/** That the schemas are schemas is for the tests to say: it takes longer than all that they check. */
const AJV_OPTIONS = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  validateSchema: false,
} as const;

const validators = new Map<SchemaName, ValidateFunction>();

/** Checks a value against a shipped schema; an empty list means that it fits. */
export function violations(name: SchemaName, value: unknown): readonly ErrorObject[] {
  const validate = validators.get(name) ?? compile(name);
  return validate(value) ? [] : (validate.errors ?? []);
}

function compile(name: SchemaName): ValidateFunction {
  const file = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  const validate = new Ajv(AJV_OPTIONS).compile(JSON.parse(readFileSync(file, "utf8")) as object);
  validators.set(name, validate);
  return validate;
}
