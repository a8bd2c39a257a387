import { Context } from '@temporalio/activity';
import { appendEvents } from '../src/records/append-events.ts';
import { cancelOpenSteps } from '../src/records/cancel-open-steps.ts';
import { deriveUuid } from '../src/records/derive-uuid.ts';
import { storeText } from '../src/records/output.ts';
import { sessionResult } from '../src/records/session-result.ts';
import { sessionUsage } from '../src/records/session-usage.ts';
import { OPEN_SESSION_STATUSES, SessionModel, findSession, type SessionRow } from '../src/records/session.ts';
import type { FinalStatus } from '../src/scheduler/commands.ts';
import type { StepError } from '../src/scheduler/state.ts';
import { claimRun } from './claim-run.ts';
import { toFailure } from './failure.ts';
import type { Services, SessionRef } from './services.ts';

export interface SessionEnd extends SessionRef {
  status: FinalStatus;
  error: StepError | null;
  iteration_count: number;
  /** What the steps that completed used, as the workflow knows it. */
  usage: { input_tokens: number; output_tokens: number; cost_nano_usd: number };
}

/** Writes the end of a session: status, output, error, what it used; ends its decisions; tells the last event. */
export function endSession(services: Services): (end: SessionEnd) => Promise<void> {
  return async (end) => {
    try {
      const session = await findSession(end.partition_key, end.session_uuid);
      if (session === null) return;
      const run_id = Context.current().info.workflowExecution!.runId;
      if (session.run_id !== run_id) await claimRun(end);
      const now = new Date();
      // Where all completed, nothing is open. Else a plan may have been carried out while the session was cancelled.
      if (end.status !== 'completed') await cancelOpenSteps({ ...end, run_id }, { notes: 'Cancelled with its session.', source_component: 'worker' });
      const [used, result] = await Promise.all([sessionUsage(end), end.status === 'completed' ? storedResult(session) : {}]);
      const written = await SessionModel.updateOne(
        { _id: session._id, partition_key: end.partition_key, status: { $in: OPEN_SESSION_STATUSES } },
        {
          $set: {
            ...result,
            status: end.status,
            error_json: end.error === null ? null : JSON.stringify(end.error),
            iteration_count: end.iteration_count,
            ...used,
            ended_at: now,
            updated_at: now,
          },
        },
      );
      if (written.modifiedCount > 0) {
        services.metrics.sessionEnded(end.status);
        services.log.info({ session_uuid: end.session_uuid, trace_id: session.trace_id, status: end.status, ...(end.error === null ? {} : { code: end.error.code }) }, 'session ended');
      }
      await appendEvents(end, [
        {
          event_type: 'session.ended',
          event_key: `session.ended/${run_id}`,
          source_component: 'worker',
          severity: end.status === 'failed' || end.status === 'timeout' ? 'error' : 'info',
          data: { status: end.status, error: end.error, ...used.usage, cost_nano_usd: used.cost_nano_usd },
          message: end.error === null ? `The session ended: ${end.status}.` : `The session ended: ${end.status}. ${end.error.message}`,
        },
      ]);
    } catch (error) {
      throw toFailure(error);
    }
  };
}

async function storedResult(session: SessionRow): Promise<Partial<SessionRow>> {
  const text = await sessionResult(session);
  const stored = await storeText({ partition_key: session.partition_key, session_uuid: session.session_uuid, output_uuid: deriveUuid(session.session_uuid, `${session._id}/output`) }, text);
  return stored.ref === null ? { output_json: text, output_ref: null } : { output_json: null, output_ref: stored.ref };
}
