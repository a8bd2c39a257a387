/**
 * Contents are stored as JSON text: a user's keys may start with `$` or hold dots (JSON Schema does), and a document
 * must never be able to carry an operator into a query.
 */
export function toJsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

export function fromJsonText<T>(text: string | null | undefined): T | null {
  return text === null || text === undefined ? null : (JSON.parse(text) as T);
}
