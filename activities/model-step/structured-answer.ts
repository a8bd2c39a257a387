import { misfit } from '../../src/records/json-schema.ts';

/** Why an answer does not fit its schema, in words that a model can act on; null where it fits. */
export function schemaProblem(schema: Record<string, unknown>, text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `It is not valid JSON: ${(error as Error).message}`;
  }
  return misfit(schema, value, 'answer');
}
