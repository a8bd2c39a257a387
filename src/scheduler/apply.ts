import type { Command } from './commands.ts';
import { completeStep } from './complete-step.ts';
import { askDecision, changeDecision, expireDecisions, settleDecision } from './decisions.ts';
import { endInstance } from './end-instance.ts';
import type { SchedulerEvent } from './events.ts';
import { expand } from './expand.ts';
import type { Graph } from './graph.ts';
import { rest } from './rest.ts';
import { PHASE, type SessionState, type StepError } from './state.ts';
import { STOP_NOTES, stop } from './stop.ts';
import { clockDeadline, recomputeDeadline } from './time.ts';

const TIMEOUT: StepError = { code: 'session.timeout', message: 'The session ran out of time.' };

/**
 * One event: changes the state in place and says what has to be done besides starting steps, which is `advance`'s.
 * Events about what has ended already change nothing, so that late news does no harm.
 */
export function apply(graph: Graph, state: SessionState, { event, now }: { event: SchedulerEvent; now: number }): Command[] {
  switch (event.type) {
    case 'expanded':
      return expand(graph, state, event.counts);
    case 'step_completed': {
      if (!leaveRunning(state, event.instance)) return [];
      addUsage(state, event.usage);
      if (event.decision !== undefined && state.stopping !== null) {
        // It finished in spite of the cancel; nobody is asked about it any more.
        return cancelStep(graph, state, { instance: event.instance, notes: STOP_NOTES[state.stopping] });
      }
      if (event.decision === undefined) return completeStep(graph, state, event.instance);
      askDecision(state, { ...event.decision, instance: event.instance, when: 'after' });
      return [];
    }
    case 'step_failed': {
      const { instance, error, again } = event;
      const stretch = now - (state.launched_at[instance] ?? now);
      if (!leaveRunning(state, instance)) return [];
      addUsage(state, event.usage);
      const next = again === undefined || state.stopping !== null ? null : rest(state, { instance, stretch, again, now });
      if (next !== null) {
        const why = error.code.startsWith('provider.') ? 'The model vendor is away' : 'The step could not be carried out';
        return [{ type: 'record', instance, state: 'in_progress', notes: `${why} (${error.code}); the next try is at ${new Date(next).toISOString()}.` }];
      }
      return [
        { type: 'record', instance, state: 'failed', error, notes: error.message },
        ...endInstance(graph, state, { instance, phase: PHASE.failed, error }),
      ];
    }
    case 'step_cancelled': {
      if (!leaveRunning(state, event.instance)) return [];
      if (state.stopping !== null) return cancelStep(graph, state, { instance: event.instance, notes: 'Cancelled while it ran.' });
      // Nobody here asked for it: what lies behind the step is skipped, so the session may not end as completed.
      const error: StepError = { code: 'step.failed', message: 'The step was cancelled from outside.' };
      return cancelStep(graph, state, { instance: event.instance, notes: error.message, error });
    }
    case 'decision_asked':
      if (state.phase[event.instance] !== PHASE.asking) return [];
      state.asking -= 1;
      askDecision(state, { ...event.decision, instance: event.instance, when: 'before' });
      return [];
    case 'decision_changed':
      changeDecision(state, event.decision_uuid);
      return [];
    case 'decision_settled':
      return settleDecision(graph, state, event);
    case 'time_passed':
      return passTime(graph, state, now);
    case 'paused':
      state.paused = 1;
      return [];
    case 'resumed':
      state.paused = 0;
      return [];
    case 'stopped':
      return stop(graph, state, { why: event.why, error: event.why === 'timeout' ? TIMEOUT : null });
    case 'broke':
      return stop(graph, state, { why: 'failed', error: event.error });
  }
}

function cancelStep(graph: Graph, state: SessionState, { instance, notes, error }: { instance: number; notes: string; error?: StepError }): Command[] {
  return [
    { type: 'record', instance, state: 'cancelled', notes, ...(error === undefined ? {} : { error }) },
    ...endInstance(graph, state, { instance, phase: PHASE.cancelled, ...(error === undefined ? {} : { error }) }),
  ];
}

function leaveRunning(state: SessionState, instance: number): boolean {
  if (state.phase[instance] !== PHASE.running) return false;
  state.running -= 1;
  delete state.launched_at[instance];
  return true;
}

function addUsage(state: SessionState, usage: SessionState['usage'] | undefined): void {
  if (usage === undefined) return;
  state.usage.input_tokens += usage.input_tokens;
  state.usage.output_tokens += usage.output_tokens;
  state.usage.cost_nano_usd += usage.cost_nano_usd;
}

function passTime(graph: Graph, state: SessionState, now: number): Command[] {
  const deadline = clockDeadline(state);
  if (deadline !== null && deadline <= now) return stop(graph, state, { why: 'timeout', error: TIMEOUT });
  if (state.next_deadline === null || state.next_deadline > now) return [];
  for (const [instance, retryAt] of Object.entries(state.provider_waits)) {
    if (retryAt > now) continue;
    delete state.provider_waits[instance];
    state.resting -= 1;
    state.phase[Number(instance)] = PHASE.cleared;
    state.ready.items.push(Number(instance));
  }
  expireDecisions(state, now);
  recomputeDeadline(state);
  return [];
}
