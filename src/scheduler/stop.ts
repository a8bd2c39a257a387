import type { Command } from './commands.ts';
import type { Graph } from './graph.ts';
import { PHASE, hasEnded, type SessionState, type StepError } from './state.ts';

const NOTES = {
  cancelled: 'Cancelled with its session.',
  timeout: 'Cancelled: the session ran out of time.',
  failed: 'Cancelled: the session cannot go on.',
} as const;

/** Ends everything that has not started, asks what runs to stop, and lets nothing new begin. The first reason stands. */
export function stop(graph: Graph, state: SessionState, reason: { why: 'cancelled' | 'timeout' | 'failed'; error: StepError | null }): Command[] {
  if (state.stopping !== null || state.finished === 1) return [];
  state.stopping = reason.why;
  if (reason.error !== null) state.first_error ??= reason.error;
  const commands: Command[] = [];
  graph.nodes.forEach((_, node) => {
    if (state.first[node]! < 0) {
      state.first[node] = state.node.length;
      state.broken[node] = 1;
    }
  });
  state.expanded = 1;
  state.expanding = 0;
  let running = false;
  for (let instance = 0; instance < state.phase.length; instance += 1) {
    const phase = state.phase[instance]!;
    if (hasEnded(phase)) continue;
    if (phase === PHASE.running) {
      running = true;
      continue;
    }
    // Ended directly, so that a dependant is recorded as cancelled, not as skipped.
    state.phase[instance] = PHASE.cancelled;
    state.live -= 1;
    state.open[state.node[instance]!]! -= 1;
    state.broken[state.node[instance]!] = 1;
    commands.push({ type: 'record', instance, state: 'cancelled', notes: NOTES[reason.why] });
  }
  state.decisions = {};
  state.provider_waits = {};
  state.early_answers = [];
  state.ready = [];
  state.ready_head = 0;
  state.next_deadline = null;
  if (running) commands.push({ type: 'cancel_running' });
  return commands;
}

