import type { CompactNode } from '../plan/compact-plan.ts';
import type { SessionState } from './state.ts';

export interface SessionLimits {
  max_parallel: number;
  /** Milliseconds of work, or null for no limit. */
  timeout_ms: number | null;
}

/** The state of a session in which nothing has happened yet. The first event must be `expanded`. */
export function createState(nodes: CompactNode[], limits: SessionLimits): SessionState {
  const size = nodes.length;
  return {
    state_version: 1,
    max_parallel: limits.max_parallel,
    first: new Array<number>(size).fill(-1),
    count: new Array<number>(size).fill(0),
    open: new Array<number>(size).fill(0),
    waiting: nodes.map((node) => node.p.length),
    broken: new Array<number>(size).fill(0),
    doomed: new Array<number>(size).fill(0),
    node: [],
    phase: [],
    ready: { items: [], head: 0 },
    to_ask: { items: [], head: 0 },
    to_settle: { items: [], head: 0 },
    running: 0,
    asking: 0,
    settling: 0,
    live: 0,
    decisions: {},
    deciding: 0,
    early_answers: [],
    provider_waits: {},
    resting: 0,
    launched_at: {},
    used_ms: {},
    next_deadline: null,
    expanded: 0,
    expanding: 0,
    paused: 0,
    stopping: null,
    first_error: null,
    usage: { input_tokens: 0, output_tokens: 0, cost_nano_usd: 0 },
    iteration_count: 0,
    clock: { limit_ms: limits.timeout_ms, used_ms: 0, since: null },
    finished: 0,
  };
}

/** Place of an instance among its node's instances, from 0. */
export function subtaskIndex(state: SessionState, instance: number): number {
  return instance - state.first[state.node[instance]!]!;
}
