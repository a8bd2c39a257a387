/** Entries that `?metadata.<key>=<value>` is looked up by: scalars of the top level only, as one string each. */
export function metadataIndex(metadata: Record<string, unknown>): string[] {
  const entries: string[] = [];
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') entries.push(metadataEntry(key, String(value)));
  }
  return entries;
}

export function metadataEntry(key: string, value: string): string {
  // An index key is bounded; JSON keeps `a` = `b=c` apart from `a=b` = `c`.
  return JSON.stringify([key, value]).slice(0, 600);
}
