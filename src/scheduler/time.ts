import type { SessionState } from './state.ts';

/** When the session's own time is up (ms), or null while its clock stands or it has no limit. */
export function clockDeadline(state: SessionState): number | null {
  const { limit_ms, used_ms, since } = state.clock;
  return limit_ms === null || since === null ? null : since + limit_ms - used_ms;
}

/** Lets the session's clock run or stand. */
export function setClock(state: SessionState, running: boolean, now: number): void {
  const { clock } = state;
  if (running && clock.since === null) clock.since = now;
  if (!running && clock.since !== null) {
    clock.used_ms += now - clock.since;
    clock.since = null;
  }
}

/** Deadlines within it share a timer, which costs five events of history, and a look at everything that waits. */
const COALESCE_MS = 1_000;

export function addDeadline(state: SessionState, at: number): void {
  const tick = Math.ceil(at / COALESCE_MS) * COALESCE_MS;
  if (state.next_deadline === null || tick < state.next_deadline) state.next_deadline = tick;
}

/** The exact next deadline, after the bound was reached. Looks at everything that waits. */
export function recomputeDeadline(state: SessionState): void {
  state.next_deadline = null;
  for (const at of Object.values(state.provider_waits)) addDeadline(state, at);
  for (const decision of Object.values(state.decisions)) {
    if (decision.expires_at !== undefined && decision.settling === undefined) addDeadline(state, decision.expires_at);
  }
}

/** When `time_passed` has to come next (ms), or null for not at all. A deadline may come a second late. */
export function wakeAt(state: SessionState): number | null {
  const clock = clockDeadline(state);
  if (clock === null) return state.next_deadline;
  return state.next_deadline === null ? clock : Math.min(clock, state.next_deadline);
}
