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

export function addDeadline(state: SessionState, at: number): void {
  if (state.next_deadline === null || at < state.next_deadline) state.next_deadline = at;
}

/** The exact next deadline, after the bound was reached. Looks at everything that waits. */
export function recomputeDeadline(state: SessionState): void {
  state.next_deadline = null;
  for (const at of Object.values(state.provider_waits)) addDeadline(state, at);
  for (const decision of Object.values(state.decisions)) {
    if (decision.expires_at !== null && decision.settling === 0) addDeadline(state, decision.expires_at);
  }
}

/** When `time_passed` has to come next (ms), or null for not at all. May be early, never late. */
export function wakeAt(state: SessionState): number | null {
  const clock = clockDeadline(state);
  if (clock === null) return state.next_deadline;
  return state.next_deadline === null ? clock : Math.min(clock, state.next_deadline);
}
