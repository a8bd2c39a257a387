import type { Logger } from 'pino';
import type { Config } from '../src/config.ts';

/** What activities are made with, once per worker. */
export interface Services {
  config: Config;
  log: Logger;
  /** Observes what happened; a metric is written where the side effect is. */
  metrics: ActivityMetrics;
}

export interface ActivityMetrics {
  stepEnded(state: string): void;
  sessionEnded(status: string): void;
  modelCalled(call: { vendor: string; model: string; outcome: string; seconds: number; input_tokens: number; output_tokens: number; cost_nano_usd: number }): void;
}

/** The session that an activity works for; the start of every activity's input. */
export interface SessionRef {
  partition_key: string;
  session_uuid: string;
}

/** One instance of a node: an agent with one of its subtasks. */
export interface InstanceRef extends SessionRef {
  node: number;
  subtask_index: number;
}
