import { isEmpty } from './queue.ts';
import type { SessionState } from './state.ts';

export type LiveStatus = 'in_progress' | 'wait_for_user_input' | 'paused';

/** `wait_for_user_input` only while nothing else can move: no question on its way to a person, no answer being read. */
export function sessionStatus(state: SessionState): LiveStatus {
  if (state.paused === 1) return 'paused';
  const inFlight = state.running + state.asking + state.settling + state.expanding + state.resting;
  const moves = inFlight > 0 || !isEmpty(state.ready) || !isEmpty(state.to_ask) || !isEmpty(state.to_settle);
  return !moves && state.deciding > 0 ? 'wait_for_user_input' : 'in_progress';
}
