import { eventually } from './eventually.ts';
import type { StartedSession } from './run-session.ts';

const SIGNAL_BYTES = 100_000;
const MOST_NUDGES = 10;
const NUDGE_MS = 2_000;

/** Sends a session `megabytes` of signals that mean nothing to it. */
export async function fillHistory(session: StartedSession, megabytes: number): Promise<void> {
  for (let sent = 0; sent < megabytes * 1024 * 1024; sent += SIGNAL_BYTES) await sendNothing(session, SIGNAL_BYTES);
}

/**
 * Fills the history, so that the server itself suggests a continue-as-new (it does from 4 MB on), until the session
 * follows it. Answers the id of its new run.
 */
export async function crossRuns(session: StartedSession): Promise<string> {
  const before = (await session.handle.describe()).runId;
  const current = async () => (await session.handle.describe()).runId;
  await fillHistory(session, 5);
  for (let nudge = 0; nudge < MOST_NUDGES; nudge += 1) {
    // The suggestion comes with a workflow task, which needs a reason; a signal during that task takes the suggestion back.
    await sendNothing(session, 1);
    const followed = await eventually(current, (runId) => runId !== before, NUDGE_MS).catch(() => undefined);
    if (followed !== undefined) return followed;
  }
  throw new Error('The session did not continue as new.');
}

function sendNothing(session: StartedSession, bytes: number): Promise<void> {
  return session.handle.signal('decision_changed', { decision_uuid: 'x'.repeat(bytes) });
}
