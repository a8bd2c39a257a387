import { Context } from '@temporalio/activity';
import { EngineError } from '../src/errors.ts';
import { reopenSession } from '../src/records/reopen-session.ts';
import { SessionModel, sessionId, type SessionRow } from '../src/records/session.ts';
import { finalFailure } from './failure.ts';
import type { SessionRef } from './services.ts';

/** Nearly every activity asks for these; the inputs of a session may have megabytes. */
const FIELDS = { partition_key: 1, session_uuid: 1, coordination_uuid: 1, plan_hash: 1, run_id: 1, status: 1, ended_at: 1 } as const;
export type ClaimedSession = Pick<SessionRow, '_id' | keyof typeof FIELDS>;

/**
 * Makes this workflow run the one that may write the session. A run that the record does not know has to be the
 * workflow's current one: after continue-as-new or a reset it is; the worker of an older run that was frozen and wakes
 * is refused. Answers the session as it was, without its contents.
 */
export async function claimRun(ref: SessionRef): Promise<ClaimedSession> {
  const own = { _id: sessionId(ref.partition_key, ref.session_uuid), partition_key: ref.partition_key };
  const session = await SessionModel.findOne(own).select(FIELDS).lean<ClaimedSession>();
  if (session === null) throw new EngineError('session.internal', 'The record of the session is gone.');
  const { workflowId, runId } = Context.current().info.workflowExecution!;
  if (session.run_id === runId) return session;
  // Cancelled while its workflow was being started: nothing ran, so there is nothing to reset either.
  if (session.run_id === null && session.ended_at !== null) throw finalFailure('session.ended', `The session had ended (${session.status}) before its workflow began.`);
  if (session.run_id !== null) {
    const current = await Context.current().client.workflow.getHandle(workflowId).describe();
    if (current.runId !== runId) throw finalFailure('superseded', `Run ${runId} is no longer the session's current run.`);
    // Before the claim: no other activity of this run may find the session claimed and still ended.
    if (session.ended_at !== null) await reopenSession(session, runId);
  }
  const claimed = await SessionModel.updateOne(
    { ...own, run_id: session.run_id },
    // A reset goes back to a lower number of writes than the run before had come to.
    { $set: { run_id: runId, workflow_id: workflowId, progress_change: 0 } },
  );
  if (claimed.modifiedCount === 0) return claimRun(ref);
  return session;
}
