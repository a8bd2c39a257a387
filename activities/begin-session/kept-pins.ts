import { localSnapshots } from '../../src/records/agent-snapshot.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import { findPins } from '../../src/records/session-pins.ts';
import { sessionId } from '../../src/records/session.ts';
import type { SessionRef } from '../services.ts';
import { servedNodes, type SessionPins } from './session-pins.ts';

/** What a session pinned when it began: a later change of an agent, or its end, does not reach it. */
export async function keptPins({ partition_key, session_uuid }: SessionRef): Promise<SessionPins> {
  const hashes: SessionPins['hashes'] = (await findPins({ _id: sessionId(partition_key, session_uuid), partition_key })) ?? [];
  if (hashes.length === 0) {
    const rows = await SessionAgentModel.find({ partition_key, session_uuid, subtask_index: 0 })
      .select({ node: 1, snapshot_hash: 1 })
      .lean<Array<Pick<SessionAgentRow, 'node' | 'snapshot_hash'>>>();
    for (const { node, snapshot_hash } of rows) hashes[node] = snapshot_hash;
  }
  const local = await localSnapshots(partition_key, hashes.filter((hash) => hash !== undefined));
  return { hashes, local: await servedNodes([...hashes.keys()].filter((node) => local.has(hashes[node] ?? ''))) };
}
