import type { Command, FinalStatus } from './commands.ts';
import { takeDecision } from './decisions.ts';
import type { Graph } from './graph.ts';
import { isEmpty, take } from './queue.ts';
import { sessionStatus } from './session-status.ts';
import { PHASE, type SessionState } from './state.ts';
import { stop } from './stop.ts';
import { setClock } from './time.ts';

/**
 * Questions and answers in flight: thousands of decisions may expire at one moment, and a workflow with 2,000 activities
 * pending is stuck for ever.
 */
export const RECORD_CALLS = 100;

/**
 * Starts what may start, at most `budget` steps, questions and readings of answers together, and finishes the session
 * once nothing can move. Call it after the events of a workflow task have been applied; with a budget of 0 nothing starts
 * (the session drains).
 */
export function advance(graph: Graph, state: SessionState, { now, budget }: { now: number; budget: number }): Command[] {
  if (state.finished === 1) return [];
  const commands: Command[] = [];
  let moved = false;
  for (; commands.length < budget && maySettle(state); ) commands.push(takeDecision(state, now));
  for (; commands.length < budget && mayAsk(state); moved = true) {
    const instance = take(state.to_ask);
    state.phase[instance] = PHASE.asking;
    state.asking += 1;
    commands.push({ type: 'ask', instance });
  }
  for (; commands.length < budget && mayLaunch(state); moved = true) {
    const instance = take(state.ready);
    state.phase[instance] = PHASE.running;
    state.running += 1;
    state.launched_at[instance] = now;
    commands.push({ type: 'launch', instance });
  }
  if (moved) state.iteration_count += 1;
  if (state.live === 0) {
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

/** Whether `advance` would start something if its budget allowed. */
export function mayStart(state: SessionState): boolean {
  return mayLaunch(state) || mayAsk(state) || maySettle(state);
}

function mayLaunch(state: SessionState): boolean {
  return state.paused === 0 && !isEmpty(state.ready) && state.running < state.max_parallel;
}

/** A person may be asked while every place is taken: waiting for people takes none. */
function mayAsk(state: SessionState): boolean {
  return state.paused === 0 && !isEmpty(state.to_ask) && state.asking + state.settling < RECORD_CALLS;
}

function maySettle(state: SessionState): boolean {
  return !isEmpty(state.to_settle) && state.asking + state.settling < RECORD_CALLS;
}

function finalStatus(state: SessionState): FinalStatus {
  return state.stopping ?? (state.first_error === null ? 'completed' : 'failed');
}
