import type { StepError } from './state.ts';

/** What the scheduler wants done. The workflow turns each into activities and timers. */
export type Command =
  /** Run the step's activity. */
  | { type: 'launch'; instance: number }
  /** Create the decision that stands before a step. */
  | { type: 'ask'; instance: number }
  /** Read what a decision came to (`expire`: settle it by its default first) and apply it to its step. */
  | { type: 'settle'; instance: number; decision_uuid: string; expire: boolean }
  /** Plan the subtasks from the planner's output. */
  | { type: 'expand'; instance: number }
  /** Cancel every step in flight. */
  | { type: 'cancel_running' }
  /** An end that no step's activity writes. */
  | { type: 'record'; instance: number; state: RecordedState; error?: StepError; notes: string }
  | { type: 'finish'; status: FinalStatus; error: StepError | null };

export type RecordedState = 'failed' | 'skipped' | 'cancelled' | 'in_progress';
export type FinalStatus = 'completed' | 'failed' | 'cancelled' | 'timeout';
