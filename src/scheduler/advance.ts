import type { Command, FinalStatus } from './commands.ts';
import { stop } from './stop.ts';
import type { Graph } from './graph.ts';
import { sessionStatus } from './session-status.ts';
import { PHASE, hasEnded, type SessionState } from './state.ts';
import { setClock } from './time.ts';

/**
 * Starts what may start, at most `budget` steps, and finishes the session once nothing can move. Call it after the
 * events of a workflow task have been applied; with a budget of 0 nothing starts (the session drains).
 */
export function advance(graph: Graph, state: SessionState, { now, budget }: { now: number; budget: number }): Command[] {
  if (state.finished === 1) return [];
  const commands: Command[] = [];
  let started = 0;
  while (started < budget && mayStart(state)) {
    const instance = state.ready[state.ready_head]!;
    state.ready_head += 1;
    const phase = state.phase[instance]!;
    if (hasEnded(phase)) continue;
    started += 1;
    if (phase === PHASE.ready && graph.nodes[state.node[instance]!]!.b === 1) {
      state.phase[instance] = PHASE.asking;
      commands.push({ type: 'ask', instance });
      continue;
    }
    state.phase[instance] = PHASE.running;
    state.running += 1;
    state.launched_at[instance] ??= now;
    commands.push({ type: 'launch', instance });
  }
  if (started > 0) state.iteration_count += 1;
  forgetTaken(state);
  if (state.live === 0 && state.running === 0) {
    if (state.expanded === 0 && state.expanding === 0) {
      // The planner did not complete: what it would have planned does not exist.
      commands.push(...stop(graph, state, { why: 'failed', error: null }));
    }
    if (state.expanded === 1) {
      state.finished = 1;
      commands.push({ type: 'finish', status: finalStatus(state), error: state.first_error });
    }
  }
  setClock(state, state.finished === 0 && sessionStatus(state) === 'in_progress', now);
  return commands;
}

/** Whether a step is ready and there is room for it. */
export function mayStart(state: SessionState): boolean {
  return state.paused === 0 && state.stopping === null && state.ready_head < state.ready.length && state.running < state.max_parallel;
}

function finalStatus(state: SessionState): FinalStatus {
  return state.stopping ?? (state.first_error === null ? 'completed' : 'failed');
}

function forgetTaken(state: SessionState): void {
  if (state.ready_head < 256 || state.ready_head * 2 < state.ready.length) return;
  state.ready = state.ready.slice(state.ready_head);
  state.ready_head = 0;
}
