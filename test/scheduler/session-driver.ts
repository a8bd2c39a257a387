import type { CompactNode } from '../../src/plan/compact-plan.ts';
import { advance } from '../../src/scheduler/advance.ts';
import { apply } from '../../src/scheduler/apply.ts';
import type { Command } from '../../src/scheduler/commands.ts';
import { createState } from '../../src/scheduler/create-state.ts';
import type { SchedulerEvent } from '../../src/scheduler/events.ts';
import { graphOf, type Graph } from '../../src/scheduler/graph.ts';
import type { SessionState } from '../../src/scheduler/state.ts';

/** A session that a test drives by hand, one workflow task at a time. */
export interface DrivenSession {
  state: SessionState;
  /** The commands of a task with these events, `now` ms after the start. */
  task(events: SchedulerEvent[], at?: { now?: number; budget?: number }): Command[];
}

export interface DrivenOptions {
  counts?: number[];
  max_parallel?: number;
  timeout_ms?: number | null;
  watch?: <T extends object>(thing: T) => T;
}

export const ERROR = { code: 'step.failed', message: 'It failed.' };

/** The session's first task, `expanded`, has been done; its commands are dropped. */
export function drive(nodes: CompactNode[], { counts, max_parallel = 100, timeout_ms = null, watch = (thing) => thing }: DrivenOptions = {}): DrivenSession {
  const graph: Graph = watch(graphOf(nodes));
  const state = watch(createState(nodes, { max_parallel, timeout_ms }));
  const task: DrivenSession['task'] = (events, { now = 0, budget = 100 } = {}) => {
    const commands = events.flatMap((event) => apply(graph, state, { event, now }));
    return [...commands, ...advance(graph, state, { now, budget })];
  };
  task([{ type: 'expanded', counts: counts ?? nodes.map(() => 1) }], { budget: 0 });
  return { state, task };
}

export function node(name: string, p: number[] = [], more: Partial<CompactNode> = {}): CompactNode {
  return { n: name, p, ...more };
}
