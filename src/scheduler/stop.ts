import type { Command } from './commands.ts';
import type { Graph } from './graph.ts';
import { PHASE, hasEnded, type SessionState, type StepError } from './state.ts';

/** Why a step was cancelled, for its record. */
export const STOP_NOTES = {
  cancelled: 'Cancelled with its session.',
  timeout: 'Cancelled: the session ran out of time.',
  failed: 'Cancelled: the session cannot go on.',
} as const;

/** Ends everything that has not started, asks what runs to stop, and lets nothing new begin. The first reason stands. */
export function stop(graph: Graph, state: SessionState, reason: { why: 'cancelled' | 'timeout' | 'failed'; error: StepError | null }): Command[] {
  if (state.stopping !== null || state.finished === 1) return [];
  // Every step had ended before the news came, in the same workflow task: there is nothing left to stop.
  if (reason.why !== 'failed' && state.expanded === 1 && state.live === 0) return [];
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
    commands.push({ type: 'record', instance, state: 'cancelled', notes: STOP_NOTES[reason.why] });
  }
  state.decisions = {};
  state.deciding = 0;
  state.provider_waits = {};
  state.used_ms = {};
  state.resting = 0;
  state.early_answers = [];
  state.ready = { items: [], head: 0 };
  state.to_ask = { items: [], head: 0 };
  state.to_settle = { items: [], head: 0 };
  // What is still being asked or read comes to nothing, so nobody waits for it.
  state.asking = 0;
  state.settling = 0;
  state.next_deadline = null;
  if (running) commands.push({ type: 'cancel_running' });
  return commands;
}

