import { appendEvents } from './append-events.ts';
import { DecisionModel, type DecisionRow } from './decision.ts';
import { SessionAgentModel } from './session-agent.ts';
import { ENDED_SESSION_STATUSES, SessionModel, type SessionRow } from './session.ts';
import { finishSettling } from './settle-session.ts';

/**
 * Opens a session that was settled as ended although its workflow goes on, as after a reset in the Temporal UI: its
 * status, the decisions that ended with it and the agents that asked them. Its other agents are reopened one by one, as
 * the workflow runs them again. Changes nothing where the session is no longer as it was read.
 */
export async function reopenSession(session: Pick<SessionRow, '_id' | 'partition_key' | 'session_uuid' | 'run_id'>, run_id: string): Promise<void> {
  const { _id, partition_key } = session;
  const asRead = { _id, partition_key, run_id: session.run_id, status: { $in: [...ENDED_SESSION_STATUSES] } };
  const ended = await SessionModel.findOne(asRead).select({ status: 1, error_json: 1, settling: 1 }).lean<Pick<SessionRow, 'status' | 'error_json' | 'settling'>>();
  if (ended === null) return;
  // What a settlement that was cut short still had to write would end the session that goes on.
  if (ended.settling === true) await finishSettling({ ...session, status: ended.status, error_json: ended.error_json });
  // The session last: where this stops half-way, the next to come finds it ended and does it again.
  await reopenDecisions(session);
  await appendEvents(session, [
    {
      event_type: 'session.reopened',
      event_key: `session.reopened/${run_id}`,
      source_component: 'engine',
      message: 'The workflow was reset from outside; the session goes on, and stored responses are used again.',
    },
  ]);
  await SessionModel.updateOne(asRead, { $set: { status: 'in_progress', run_id, progress_change: 0, ended_at: null, error_json: null, updated_at: new Date() } });
}

async function reopenDecisions({ partition_key, session_uuid }: Pick<SessionRow, 'partition_key' | 'session_uuid'>): Promise<void> {
  const now = new Date();
  const cancelled = await DecisionModel.find({ partition_key, session_uuid, status: 'cancelled' }).select({ session_agent_uuid: 1 }).lean<DecisionRow[]>();
  await SessionAgentModel.updateMany(
    { _id: { $in: cancelled.map((decision) => decision.session_agent_uuid) }, partition_key, state: 'cancelled' },
    { $set: { state: 'wait_for_user_input', notes: 'Waits for a person.', ended_at: null, updated_at: now } },
  );
  await DecisionModel.updateMany({ _id: { $in: cancelled.map((decision) => decision._id) }, partition_key, status: 'cancelled' }, { $set: { status: 'pending', updated_at: now } });
}
