import type { CarriedState } from '../src/scheduler/carry-state.ts';

/** The argument of a session's workflow. */
export interface SessionInput {
  partition_key: string;
  session_uuid: string;
  /** Set by the run before, on continue-as-new. */
  carried?: CarriedSession;
}

export interface CarriedSession {
  state: CarriedState;
  coordination_name: string;
  /** Raw answers heard so far. */
  answers: number;
  /** Refused answers that the Temporal UI shows. */
  refusals: string[];
  /** Writes of progress so far. */
  changes: number;
  status: string;
  runs: number;
}

/** What the Temporal UI shows as the result of a session that completed. */
export interface SessionOutcome {
  status: 'completed' | 'cancelled';
  session_uuid: string;
  steps: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
}
