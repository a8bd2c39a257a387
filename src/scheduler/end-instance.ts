import type { Command } from './commands.ts';
import type { Graph } from './graph.ts';
import { PHASE, hasEnded, type EndPhase, type SessionState, type StepError } from './state.ts';

/** Ends one instance, once, and releases or skips what depended on it. */
export function endInstance(graph: Graph, state: SessionState, end: { instance: number; phase: EndPhase; error?: StepError }): Command[] {
  const { instance, phase, error } = end;
  if (hasEnded(state.phase[instance]!)) return [];
  const node = state.node[instance]!;
  state.phase[instance] = phase;
  state.live -= 1;
  state.open[node]! -= 1;
  delete state.used_ms[instance];
  if (phase !== PHASE.completed) state.broken[node] = 1;
  // What fails because its session was stopped is not why the session ended.
  if (error !== undefined && state.stopping === null) state.first_error ??= { ...error, step: graph.nodes[node]!.n };
  return state.open[node] === 0 ? settleNodes(graph, state, [node]) : [];
}

/** Tells the successors of nodes whose instances have all ended; a work list, since a chain may be 10,000 nodes long. */
export function settleNodes(graph: Graph, state: SessionState, settled: number[]): Command[] {
  const commands: Command[] = [];
  for (let at = 0; at < settled.length; at += 1) {
    const node = settled[at]!;
    for (const successor of graph.successors[node]!) {
      if (state.broken[node] === 1) state.doomed[successor] = 1;
      state.waiting[successor]! -= 1;
      if (state.waiting[successor] === 0 && state.first[successor]! >= 0) {
        commands.push(...releaseNode(graph, state, successor));
        if (state.open[successor] === 0) settled.push(successor);
      }
    }
  }
  return commands;
}

/** Readies the instances of a node whose inputs are there, or skips them where an input never will be. */
export function releaseNode(graph: Graph, state: SessionState, node: number): Command[] {
  const commands: Command[] = [];
  const first = state.first[node]!;
  const doomed = state.doomed[node] === 1;
  const missing = doomed ? graph.nodes[node]!.p.find((id) => state.broken[id] === 1) : undefined;
  const notes = `Skipped: ${missing === undefined ? 'a predecessor' : graph.nodes[missing]!.n} did not complete.`;
  if (doomed) state.broken[node] = 1;
  for (let instance = first; instance < first + state.count[node]!; instance += 1) {
    if (state.phase[instance] !== PHASE.waiting) continue;
    if (!doomed) {
      state.phase[instance] = PHASE.ready;
      (graph.nodes[node]!.b === 1 ? state.to_ask : state.ready).items.push(instance);
      continue;
    }
    state.phase[instance] = PHASE.skipped;
    state.live -= 1;
    state.open[node]! -= 1;
    commands.push({ type: 'record', instance, state: 'skipped', notes });
  }
  return commands;
}
