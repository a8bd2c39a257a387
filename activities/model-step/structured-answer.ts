import { Ajv } from 'ajv';

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

/** Why an answer does not fit its schema, in words that a model can act on; null where it fits. */
export function schemaProblem(schema: Record<string, unknown>, text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `It is not valid JSON: ${(error as Error).message}`;
  }
  const validate = ajv.compile(withoutId(schema));
  if (validate(value)) return null;
  return ajv.errorsText(validate.errors, { dataVar: 'answer', separator: '; ' }).slice(0, 2_000);
}

/** Two agents may use the same `$id` for different schemas; the compiler would refuse the second. */
function withoutId({ $id: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
