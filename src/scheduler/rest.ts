import type { TryAgain } from './events.ts';
import { PHASE, type SessionState } from './state.ts';
import { addDeadline } from './time.ts';

/** How long a step may take in all, in tries and in the rests between them; waiting for a person does not count. */
export const STEP_TIME_MS = 3_600_000;
/** Longest stretch of tries on end. After it the step rests, so that no activity is pending for long. */
export const STRETCH_MS = 900_000;
/** Shortest rest. */
export const PROVIDER_REST_MS = 60_000;

/**
 * Lets a step rest whose tries came to nothing for now. `stretch` is how long it was in flight (ms).
 * What is counted is what was tried and the rests that a failure brought, never the clock: while no worker is there, no
 * time of the step goes by. Answers when the next try is (ms), or null where the step's time is up.
 */
export function rest(state: SessionState, { instance, stretch, again, now }: { instance: number; stretch: number; again: TryAgain; now: number }): number | null {
  const used = (state.used_ms[instance] ?? 0) + (again.tried ? Math.min(stretch, STRETCH_MS) : 0);
  const left = STEP_TIME_MS - used;
  if (again.tried && left <= PROVIDER_REST_MS) return null;
  const pause = Math.max(PROVIDER_REST_MS, Math.min(again.after_ms ?? 0, left));
  state.used_ms[instance] = used + (again.tried ? pause : 0);
  state.phase[instance] = PHASE.provider_wait;
  state.provider_waits[instance] = now + pause;
  state.resting += 1;
  addDeadline(state, now + pause);
  return now + pause;
}
