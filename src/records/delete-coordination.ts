import { deleteVersionsOf } from './coordination-version.ts';
import { deleteCoordinationRow } from './coordination.ts';
import { SessionModel } from './session.ts';
import { inTransaction } from './transaction.ts';

export type CoordinationDeletion =
  | { kind: 'deleted' }
  | { kind: 'missing' }
  | { kind: 'referenced'; by: Array<{ session_uuid: string }> };

/** Deletes a coordination and its versions unless it has sessions; names at most ten of them. */
export async function deleteCoordinationUnlessUsed(key: { partition_key: string; coordination_uuid: string }): Promise<CoordinationDeletion> {
  return inTransaction(async (session) => {
    const by = await SessionModel.find({ ...key }, { session_uuid: 1, _id: 0 }, { session }).limit(10).lean<Array<{ session_uuid: string }>>();
    if (by.length > 0) return { kind: 'referenced', by };
    const deleted = await deleteCoordinationRow(key, session);
    if (deleted) await deleteVersionsOf(key, session);
    return { kind: deleted ? 'deleted' : 'missing' };
  });
}
