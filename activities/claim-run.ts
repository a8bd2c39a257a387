import { Context } from '@temporalio/activity';
import { EngineError } from '../src/errors.ts';
import { reopenSession } from '../src/records/reopen-session.ts';
import { SessionModel, findSession, sessionId, type SessionRow } from '../src/records/session.ts';
import { finalFailure } from './failure.ts';
import type { SessionRef } from './services.ts';

/**
 * Makes this workflow run the one that may write the session. A run that the record does not know has to be the
 * workflow's current one: after continue-as-new or a reset it is; the worker of an older run that was frozen and wakes
 * is refused. Answers the session as it was.
 */
export async function claimRun(ref: SessionRef): Promise<SessionRow> {
  const session = await findSession(ref.partition_key, ref.session_uuid);
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
    { _id: sessionId(ref.partition_key, ref.session_uuid), partition_key: ref.partition_key, run_id: session.run_id },
    { $set: { run_id: runId, workflow_id: workflowId } },
  );
  if (claimed.modifiedCount === 0) return claimRun(ref);
  return session;
}
