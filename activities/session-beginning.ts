import type { CompactNode } from '../src/plan/compact-plan.ts';

/** What a session's workflow learns at its start. */
export interface SessionBeginning {
  coordination_name: string;
  max_parallel: number;
  /** Milliseconds of work, or null for no limit. */
  timeout_ms: number | null;
  /** Instances of each node, -1 where the planner has yet to say. */
  counts: number[];
  pages: number;
  /** The first page of the plan. */
  page: CompactNode[];
}
