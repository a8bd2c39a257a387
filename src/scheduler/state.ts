import type { Queue } from './queue.ts';

/**
 * What the scheduler knows of a session. Plain JSON, mutated in place by `apply`, carried over continue-as-new.
 * Sizes matter: with 10,000 instances it must stay under 1 MB, so instances are rows of small integers.
 */
export interface SessionState {
  state_version: 1;
  max_parallel: number;
  /** First instance of each node, or -1 while the node has not been expanded. */
  first: number[];
  /** Number of instances of each node. */
  count: number[];
  /** Instances of each node that have not ended. */
  open: number[];
  /** Predecessor nodes of each node that have not settled. */
  waiting: number[];
  /** 1 where an instance of the node failed, was skipped or cancelled: its dependants are skipped. */
  broken: number[];
  /** 1 where a predecessor of the node is broken. */
  doomed: number[];
  /** Node of each instance. */
  node: number[];
  /** Phase of each instance, one of `PHASE`. */
  phase: number[];
  /** Instances that may run. */
  ready: Queue<number>;
  /** Instances whose inputs are there, and about which a person has to be asked before they run. */
  to_ask: Queue<number>;
  /** Decisions that changed or expired, by `decision_uuid`. */
  to_settle: Queue<string>;
  running: number;
  /** Questions that are being asked, and decisions that are being read, at the moment. */
  asking: number;
  settling: number;
  /** Instances that have not ended. */
  live: number;
  /** Pending decisions by `decision_uuid`. */
  decisions: Record<string, PendingDecision>;
  /** Their number. */
  deciding: number;
  /** Answers that came before the session knew of their decision. */
  early_answers: string[];
  /** When to try again each step that rests (ms), by instance. */
  provider_waits: Record<string, number>;
  /** Their number. */
  resting: number;
  /** When each step in flight was launched (ms), by instance. */
  launched_at: Record<string, number>;
  /** What earlier tries and rests took of the time of a step that has not ended (ms), by instance. */
  used_ms: Record<string, number>;
  /** No deadline lies before this (ms); a lower bound, so that adding and removing stay cheap. */
  next_deadline: number | null;
  /** 1 once every node knows its instances. */
  expanded: 0 | 1;
  /** 1 while an activity turns the planner's output into instances. */
  expanding: 0 | 1;
  paused: 0 | 1;
  /** Why no further step may start. */
  stopping: null | 'cancelled' | 'timeout' | 'failed';
  first_error: StepError | null;
  usage: Usage;
  /** Passes in which something was launched. */
  iteration_count: number;
  clock: SessionClock;
  finished: 0 | 1;
}

export interface PendingDecision {
  instance: number;
  when: 'before' | 'after';
  /** Milliseconds; absent where it never expires. There may be 10,000 of these, so what says nothing is left out. */
  expires_at?: number;
  /** One of `SETTLING`, once it changed or expired. */
  settling?: 1 | 2 | 3;
}

export const SETTLING = {
  queued: 1,
  /** An activity reads what it came to. */
  read: 2,
  /** And it changed again meanwhile. */
  read_and_changed: 3,
} as const;

export interface StepError {
  code: string;
  message: string;
  /** Name of the step, where the failure belongs to one. */
  step?: string;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  /** Billionths of a dollar: integers add up without drift. */
  cost_nano_usd: number;
}

/** The session's time-out counts the time in which it works, not the time in which it waits for a person. */
export interface SessionClock {
  limit_ms: number | null;
  used_ms: number;
  /** Since when it runs (ms), or null while it stands. */
  since: number | null;
}

export const PHASE = {
  waiting: 0,
  ready: 1,
  /** Ready, and the decision that stood before it is answered. */
  cleared: 2,
  asking: 3,
  running: 4,
  deciding: 5,
  provider_wait: 6,
  completed: 7,
  failed: 8,
  skipped: 9,
  cancelled: 10,
} as const;
export type Phase = (typeof PHASE)[keyof typeof PHASE];
export type EndPhase = 7 | 8 | 9 | 10;

export function hasEnded(phase: number): boolean {
  return phase >= PHASE.completed;
}
