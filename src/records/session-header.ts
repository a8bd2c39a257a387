import { LRUCache } from 'lru-cache';
import { EngineError } from '../errors.ts';
import { SessionModel, sessionId, type SessionRow } from './session.ts';

const FIELDS = { session_uuid: 1, partition_key: 1, coordination_uuid: 1, coordination_name: 1, plan_hash: 1, task_query: 1, trace_id: 1, traceparent: 1, workflow_id: 1 } as const;

/** What never changes of a session. */
export type SessionHeader = Pick<SessionRow, Extract<keyof typeof FIELDS, keyof SessionRow>>;

const cache = new LRUCache<string, SessionHeader>({ max: 2_000 });

/**
 * The unchanging part of a session, cached: each of its steps needs it. Kept by the run of its workflow, for a
 * session_uuid may be used again once its session was deleted.
 */
export async function loadSessionHeader(ref: { partition_key: string; session_uuid: string }, run_id: string): Promise<SessionHeader> {
  const _id = sessionId(ref.partition_key, ref.session_uuid);
  const key = `${_id}/${run_id}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const row = await SessionModel.findOne({ _id, partition_key: ref.partition_key }).select(FIELDS).lean<SessionHeader>();
  if (row === null) throw new EngineError('session.internal', 'The record of the session is gone.');
  cache.set(key, row);
  return row;
}
