import { createHash } from 'node:crypto';

/**
 * A UUID v7 that follows from where something stands: the time bits are the session's, the rest a hash of the path.
 * Whoever writes first, however often, writes the same record. Shape of `path`: `<project>/<session>/<what>`.
 */
export function deriveUuid(session_uuid: string, path: string): string {
  const digest = createHash('sha256').update(path).digest('hex');
  const time = session_uuid.replaceAll('-', '').slice(0, 12);
  const variant = ((Number.parseInt(digest[3]!, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** The SessionAgent of one agent and one subtask of a session. */
export function sessionAgentUuid(session: { partition_key: string; session_uuid: string }, instance: { node: number; subtask_index: number }): string {
  return deriveUuid(session.session_uuid, `${session.partition_key}/${session.session_uuid}/agent/${instance.node}/${instance.subtask_index}`);
}
