/** Whether a write was refused by a unique index; `fields` are those of the index (`['agent_name', 'partition_key']`). */
export function isDuplicateKey(error: unknown, ...fields: string[]): boolean {
  const failure = error as { code?: unknown; keyPattern?: Record<string, unknown> } | null;
  if (failure?.code !== 11_000) return false;
  const pattern = Object.keys(failure.keyPattern ?? {});
  return fields.every((field) => pattern.includes(field));
}
