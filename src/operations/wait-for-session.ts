import { setTimeout as delay } from 'node:timers/promises';
import { parseDuration } from '../plan/duration.ts';
import { ENDED_SESSION_STATUSES, findSession, sessionStatus } from '../records/session.ts';
import type { SessionRow, SessionStatus } from '../records/session.ts';
import { pendingDecisions } from '../records/session-pages.ts';

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 250;

export function hasEnded(status: SessionStatus): boolean {
  return (ENDED_SESSION_STATUSES as readonly string[]).includes(status);
}

/** Of a `wait` that its schema has let through. */
export function waitMs(wait: string | number | undefined): number {
  return wait === undefined ? 0 : (parseDuration(wait) ?? 0);
}

/** Waits until a session has ended or a person has to answer, for at most `ms`; `settled` says whether it came to that. */
export async function waitForSession(session: SessionRow, ms: number, signal: AbortSignal): Promise<{ row: SessionRow; settled: boolean }> {
  const { partition_key, session_uuid } = session;
  const until = Date.now() + ms;
  let { status } = session;
  let settled = await isSettled(session, status);
  for (let pause = FIRST_POLL_MS; !settled; pause = Math.min(pause * 1.5, LAST_POLL_MS)) {
    const left = until - Date.now();
    if (left <= 0 || signal.aborted) break;
    await delay(Math.min(pause, left), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    status = await sessionStatus(partition_key, session_uuid) ?? status;
    settled = await isSettled(session, status);
  }
  const row = await findSession(partition_key, session_uuid) ?? session;
  return { row, settled: settled || hasEnded(row.status) };
}

/** The status may lag behind an answer, so a waiting session counts only while it has something to ask. */
async function isSettled(session: SessionRow, status: SessionStatus): Promise<boolean> {
  if (hasEnded(status)) return true;
  return status === 'wait_for_user_input' && (await pendingDecisions(session)).length > 0;
}
