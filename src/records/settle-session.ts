import { appendEvents } from './append-events.ts';
import { cancelOpenSteps } from './cancel-open-steps.ts';
import { sessionUsage } from './session-usage.ts';
import { OPEN_SESSION_STATUSES, SessionModel, type SessionRow } from './session.ts';

export interface SettledAs {
  status: 'failed' | 'timeout' | 'cancelled';
  error: { code: string; message: string } | null;
}

type Key = Pick<SessionRow, '_id' | 'partition_key' | 'session_uuid' | 'run_id'>;

/** Ends the records of a session whose workflow ended without its own say. False where the session had ended itself. */
export async function settleSession(session: Key, as: SettledAs): Promise<boolean> {
  const { _id, partition_key, run_id } = session;
  const now = new Date();
  const error_json = as.error === null ? null : JSON.stringify(as.error);
  const settled = await SessionModel.updateOne(
    { _id, partition_key, run_id, status: { $in: OPEN_SESSION_STATUSES } },
    { $set: { ...(await sessionUsage(session)), status: as.status, error_json, settling: true, ended_at: now, updated_at: now } },
  );
  if (settled.modifiedCount === 0) return false;
  await finishSettling({ ...session, status: as.status, error_json });
  return true;
}

/** What follows the first write of a settlement: safe to repeat, for whoever finds one that was cut short there. */
export async function finishSettling(session: Key & Pick<SessionRow, 'status' | 'error_json'>): Promise<void> {
  const { _id, partition_key, run_id, status } = session;
  const error = session.error_json === null ? null : JSON.parse(session.error_json) as SettledAs['error'];
  await cancelOpenSteps(session, { notes: error?.message ?? 'Cancelled with its session.', source_component: 'reconciler' });
  await appendEvents(session, [
    {
      event_type: 'session.ended',
      event_key: `session.ended/${run_id}`,
      source_component: 'reconciler',
      severity: status === 'cancelled' ? ('info' as const) : ('error' as const),
      data: { status, error },
      message: error?.message ?? `The session ended: ${status}.`,
    },
  ]);
  await SessionModel.updateOne({ _id, partition_key, run_id, settling: true }, { $unset: { settling: 1 } });
}
