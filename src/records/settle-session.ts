import { appendEvents } from './append-events.ts';
import { cancelOpenSteps } from './cancel-open-steps.ts';
import { SessionAgentModel, type SessionAgentRow } from './session-agent.ts';
import { OPEN_SESSION_STATUSES, SessionModel, type SessionRow } from './session.ts';

export interface SettledAs {
  status: 'failed' | 'timeout' | 'cancelled';
  error: { code: string; message: string } | null;
}

/** Ends the records of a session whose workflow ended without its own say. False where the session had ended itself. */
export async function settleSession(session: Pick<SessionRow, '_id' | 'partition_key' | 'session_uuid' | 'run_id'>, as: SettledAs): Promise<boolean> {
  const { _id, partition_key, session_uuid, run_id } = session;
  const now = new Date();
  const settled = await SessionModel.updateOne(
    { _id, partition_key, run_id, status: { $in: OPEN_SESSION_STATUSES } },
    { $set: { ...(await usedSoFar(session)), status: as.status, error_json: as.error === null ? null : JSON.stringify(as.error), ended_at: now, updated_at: now } },
  );
  if (settled.modifiedCount === 0) return false;
  await cancelOpenSteps(session, { notes: as.error?.message ?? 'Cancelled with its session.', source_component: 'reconciler' });
  await appendEvents(session, [
    {
      event_type: 'session.ended',
      event_key: `session.ended/${run_id}`,
      source_component: 'reconciler',
      severity: as.status === 'cancelled' ? ('info' as const) : ('error' as const),
      data: { status: as.status, error: as.error },
      message: as.error?.message ?? `The session ended: ${as.status}.`,
    },
  ]);
  return true;
}

/** A workflow adds up what its session used; one that was ended had not told all of it. */
async function usedSoFar({ partition_key, session_uuid }: Pick<SessionRow, 'partition_key' | 'session_uuid'>): Promise<Pick<SessionRow, 'usage' | 'cost_nano_usd'>> {
  const sum = { usage: { input_tokens: 0, output_tokens: 0 }, cost_nano_usd: 0 };
  const used = await SessionAgentModel.find({ partition_key, session_uuid, usage: { $ne: null } }).select({ usage: 1, cost_nano_usd: 1 }).lean<SessionAgentRow[]>();
  for (const { usage, cost_nano_usd } of used) {
    sum.usage.input_tokens += usage!.input_tokens;
    sum.usage.output_tokens += usage!.output_tokens;
    sum.cost_nano_usd += cost_nano_usd;
  }
  return sum;
}
