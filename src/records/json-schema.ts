import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';

type JsonSchema = Record<string, unknown>;

/** Schemas and values come from tenants, so a pattern is matched in linear time: `^(a+)+$` holds up a backtracking engine for seconds. */
function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}
linearPattern.code = 'linearPattern';

const OPTIONS: Options = { strict: false, validateFormats: false, code: { regExp: linearPattern } };
const latest = new Ajv2020(OPTIONS);
const draft07 = new Ajv(OPTIONS);
const compiled = new LRUCache<string, ValidateFunction>({ max: 200 });

/** Why nothing can be checked against a schema, or null where it is usable. */
export function schemaFault(schema: JsonSchema): string | null {
  try {
    compile(schema);
    return null;
  } catch (error) {
    return (error as Error).message.slice(0, 500);
  }
}

/** Why a value does not fit a schema, in words that its author can act on; null where it fits. */
export function misfit(schema: JsonSchema, value: unknown, name: string): string | null {
  try {
    const validate = compile(schema);
    if (validate(value)) return null;
    return textOf(validate.errors, name);
  } catch (error) {
    // A schema that leads back to itself ends in an overflow of the stack.
    return `the schema cannot be used: ${(error as Error).message.slice(0, 500)}`;
  }
}

function textOf(errors: ErrorObject[] | null | undefined, name: string): string {
  return latest.errorsText(errors, { dataVar: name, separator: '; ' }).slice(0, 2_000);
}

/** `$id` is left out: two agents may use the same one for different schemas, and the second would be refused. */
function compile({ $id: _, $schema, ...schema }: JsonSchema): ValidateFunction {
  const ajv = typeof $schema === 'string' && /draft-0[4-7]/.test($schema) ? draft07 : latest;
  const key = `${ajv === latest ? 'latest' : 'draft07'} ${JSON.stringify(schema)}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const validate = ajv.compile(schema);
  // Ajv keeps every schema for ever, by the object that it was given.
  ajv.removeSchema(schema);
  compiled.set(key, validate);
  return validate;
}
