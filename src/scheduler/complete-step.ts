import type { Command } from './commands.ts';
import { endInstance } from './end-instance.ts';
import type { Graph } from './graph.ts';
import { PHASE, type SessionState } from './state.ts';

/** A step's own end, after every decision about it; the planner's opens the subtasks. */
export function completeStep(graph: Graph, state: SessionState, instance: number): Command[] {
  const isPlanner = graph.nodes[state.node[instance]!]!.l === 1;
  const commands = endInstance(graph, state, { instance, phase: PHASE.completed });
  if (isPlanner && state.expanded === 0 && state.stopping === null) {
    state.expanding = 1;
    commands.push({ type: 'expand', instance });
  }
  return commands;
}
