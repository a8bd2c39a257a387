import { deleteVersionsOf } from './coordination-version.ts';
import { deleteMarkedRow, findCoordination, markDeleting, unmarkDeleting } from './coordination.ts';
import { SessionModel } from './session.ts';
import { inTransaction } from './transaction.ts';

/** A deletion that was cut short stops nothing for longer than this. */
const MARK_MS = 30_000;

export type CoordinationDeletion =
  | { kind: 'deleted' }
  | { kind: 'missing' }
  /** Another deletion is at it. */
  | { kind: 'busy' }
  | { kind: 'referenced'; by: Array<{ session_uuid: string }> };

/**
 * Deletes a coordination and its versions unless it has sessions; names at most ten of them. A session that starts at
 * the same moment either keeps the coordination or is refused: this marks first and looks for sessions then, a start
 * stores the session first and looks for the mark then.
 */
export async function deleteCoordinationUnlessUsed(key: { partition_key: string; coordination_uuid: string }): Promise<CoordinationDeletion> {
  const deleting_until = await markDeleting(key, MARK_MS);
  if (deleting_until === undefined) return { kind: await findCoordination(key.partition_key, key.coordination_uuid) === undefined ? 'missing' : 'busy' };
  const by = await SessionModel.find({ ...key }, { session_uuid: 1, _id: 0 }).limit(10).lean<Array<{ session_uuid: string }>>();
  if (by.length > 0) {
    await unmarkDeleting(key, deleting_until);
    return { kind: 'referenced', by };
  }
  return inTransaction(async (session) => {
    const deleted = await deleteMarkedRow({ ...key, deleting_until }, session);
    if (deleted) await deleteVersionsOf(key, session);
    return { kind: deleted ? 'deleted' : 'missing' };
  });
}
