import { isDuplicateKey } from './is-duplicate-key.ts';
import { SessionModel, findSession } from './session.ts';
import type { SessionRow } from './session.ts';

/** Stores a new session; where its uuid is taken, the one that has it comes back and nothing is stored. */
export async function insertSession(row: SessionRow): Promise<{ made: true } | { made: false; row: SessionRow }> {
  try {
    await SessionModel.create(row);
    return { made: true };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const taken = await findSession(row.partition_key, row.session_uuid);
    if (taken === null) throw error;
    return { made: false, row: taken };
  }
}

/** Notes that the workflow was started; a worker that was faster is not overruled. */
export async function markDispatched({ _id, partition_key }: Pick<SessionRow, '_id' | 'partition_key'>): Promise<void> {
  await SessionModel.updateOne({ _id, partition_key, status: 'initial' }, { $set: { status: 'dispatched', updated_at: new Date() } }, { writeConcern: { w: 1 } });
}

/** Takes back a session that was stored a moment ago and of which nothing has begun. */
export async function withdrawSession({ _id, partition_key }: Pick<SessionRow, '_id' | 'partition_key'>): Promise<void> {
  await SessionModel.deleteOne({ _id, partition_key, status: 'initial', run_id: null });
}
