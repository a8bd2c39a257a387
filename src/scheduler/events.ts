import type { StepError, Usage } from './state.ts';

/** What the scheduler hears. `now` is given beside each event, in milliseconds; the scheduler has no clock. */
export type SchedulerEvent =
  /** The subtasks are known: the number of instances of each node, -1 where the planner has yet to say. */
  | { type: 'expanded'; counts: number[] }
  | { type: 'step_completed'; instance: number; usage?: Usage; decision?: AskedDecision }
  | { type: 'step_failed'; instance: number; error: StepError; usage?: Usage; again?: TryAgain }
  | { type: 'step_cancelled'; instance: number }
  | { type: 'decision_asked'; instance: number; decision: AskedDecision }
  | { type: 'decision_changed'; decision_uuid: string }
  | { type: 'decision_settled'; decision_uuid: string; outcome: DecisionOutcome }
  | { type: 'time_passed' }
  | { type: 'paused' }
  | { type: 'resumed' }
  | { type: 'stopped'; why: 'cancelled' | 'timeout' }
  /** The session cannot be run at all (planning gave nonsense, its records are gone). */
  | { type: 'broke'; error: StepError };

/** A failure that ended only because the time for this stretch of tries was up. */
export interface TryAgain {
  /** Whether anything was tried; else no worker came to it. */
  tried: boolean;
  /** How long the vendor wants to be left alone (ms). */
  after_ms?: number;
}

export interface AskedDecision {
  decision_uuid: string;
  /** Milliseconds, or null where it never expires. */
  expires_at: number | null;
  /** It came to something before it was asked this time, which nobody will tell again. */
  settled?: true;
}

export type DecisionOutcome =
  | { kind: 'go_on' }
  | { kind: 'failed'; error: StepError }
  /** The record says it is still pending: the signal was early or stray. */
  | { kind: 'still_pending' };
