import type { SessionState } from './state.ts';

export type LiveStatus = 'in_progress' | 'wait_for_user_input' | 'paused';

/** `wait_for_user_input` only while nothing else can move. */
export function sessionStatus(state: SessionState): LiveStatus {
  if (state.paused === 1) return 'paused';
  const moves =
    state.running > 0 ||
    state.ready_head < state.ready.length ||
    state.expanding === 1 ||
    Object.keys(state.provider_waits).length > 0;
  if (moves) return 'in_progress';
  // Asked, and neither being asked nor being settled: `live` instances beyond those are waiting for these.
  const pending = Object.values(state.decisions);
  return pending.length > 0 && pending.every((decision) => decision.settling === 0) ? 'wait_for_user_input' : 'in_progress';
}
