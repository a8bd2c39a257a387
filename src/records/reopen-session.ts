import { appendEvents } from './append-events.ts';
import { DecisionModel } from './decision.ts';
import { ENDED_SESSION_STATUSES, SessionModel, type SessionRow } from './session.ts';

/**
 * Opens a session that was settled as ended although its workflow goes on, as after a reset in the Temporal UI: its
 * status, and the decisions that ended with it. Its agents are reopened one by one, as the workflow runs them again.
 */
export async function reopenSession(session: Pick<SessionRow, '_id' | 'partition_key' | 'session_uuid'>, run_id: string): Promise<void> {
  const { _id, partition_key, session_uuid } = session;
  const now = new Date();
  const reopened = await SessionModel.updateOne(
    { _id, partition_key, status: { $in: [...ENDED_SESSION_STATUSES] } },
    { $set: { status: 'in_progress', run_id, ended_at: null, error_json: null, updated_at: now } },
  );
  if (reopened.modifiedCount === 0) return;
  await DecisionModel.updateMany({ partition_key, session_uuid, status: 'cancelled' }, { $set: { status: 'pending', updated_at: now } });
  await appendEvents(session, [
    {
      event_type: 'session.reopened',
      event_key: `session.reopened/${run_id}`,
      source_component: 'engine',
      message: 'The workflow was reset from outside; the session goes on, and stored responses are used again.',
    },
  ]);
}
