/** A project's key on each of its records: `endpoint_id#part_id`, where the part is the project's immutable name. */
export function partitionKey(endpoint_id: string, part_id: string): string {
  return `${endpoint_id}#${part_id}`;
}

export function splitPartitionKey(partition_key: string): { endpoint_id: string; part_id: string } {
  const at = partition_key.indexOf('#');
  return { endpoint_id: partition_key.slice(0, at), part_id: partition_key.slice(at + 1) };
}
