import type { Command } from './commands.ts';
import { releaseNode, settleNodes } from './end-instance.ts';
import type { Graph } from './graph.ts';
import { PHASE, type SessionState } from './state.ts';

/** Gives nodes their instances: `counts[node]`, or -1 where the planner has yet to say. A node is expanded once. */
export function expand(graph: Graph, state: SessionState, counts: number[]): Command[] {
  const fresh: number[] = [];
  let unknown = 0;
  graph.nodes.forEach((_, node) => {
    if (state.first[node]! >= 0) return;
    const count = counts[node] ?? 0;
    if (count < 0) {
      unknown += 1;
      return;
    }
    state.first[node] = state.node.length;
    state.count[node] = count;
    state.open[node] = count;
    state.live += count;
    for (let index = 0; index < count; index += 1) {
      state.node.push(node);
      state.phase.push(PHASE.waiting);
    }
    fresh.push(node);
  });
  state.expanding = 0;
  state.expanded = unknown === 0 ? 1 : 0;
  const commands: Command[] = [];
  const settled: number[] = [];
  for (const node of fresh) {
    if (state.waiting[node] !== 0) continue;
    commands.push(...releaseNode(graph, state, node));
    if (state.open[node] === 0) settled.push(node);
  }
  commands.push(...settleNodes(graph, state, settled));
  return commands;
}
