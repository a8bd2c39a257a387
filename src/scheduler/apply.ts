import type { Command } from './commands.ts';
import { completeStep } from './complete-step.ts';
import { askDecision, changeDecision, expireDecisions, settleDecision } from './decisions.ts';
import { endInstance } from './end-instance.ts';
import type { SchedulerEvent } from './events.ts';
import { expand } from './expand.ts';
import type { Graph } from './graph.ts';
import { PHASE, hasEnded, type SessionState } from './state.ts';
import { stop } from './stop.ts';
import { addDeadline, clockDeadline, recomputeDeadline } from './time.ts';

/** How long a step may take in all, provider outages included; waiting for a person does not count. */
export const STEP_TIME_MS = 3_600_000;
/** How long a step rests before it tries a provider that is away again. */
export const PROVIDER_REST_MS = 60_000;

/**
 * One event: changes the state in place and says what has to be done besides starting steps, which is `advance`'s.
 * Events about what has ended already change nothing, so that late news does no harm.
 */
export function apply(graph: Graph, state: SessionState, { event, now }: { event: SchedulerEvent; now: number }): Command[] {
  switch (event.type) {
    case 'expanded':
      return expand(graph, state, event.counts);
    case 'step_completed': {
      addUsage(state, event.usage);
      if (!leaveRunning(state, event.instance)) return [];
      if (event.decision !== undefined) return askDecision(state, { ...event.decision, instance: event.instance, when: 'after' });
      return completeStep(graph, state, event.instance);
    }
    case 'step_failed': {
      addUsage(state, event.usage);
      if (!leaveRunning(state, event.instance)) return [];
      const since = state.launched_at[event.instance] ?? now;
      if (event.provider_away === true && state.stopping === null && now + PROVIDER_REST_MS < since + STEP_TIME_MS) {
        state.phase[event.instance] = PHASE.provider_wait;
        state.provider_waits[event.instance] = now + PROVIDER_REST_MS;
        addDeadline(state, now + PROVIDER_REST_MS);
        const notes = `The model vendor is away (${event.error.code}); the next try is at ${new Date(now + PROVIDER_REST_MS).toISOString()}.`;
        return [{ type: 'record', instance: event.instance, state: 'in_progress', notes }];
      }
      return [
        { type: 'record', instance: event.instance, state: 'failed', error: event.error, notes: event.error.message },
        ...endInstance(graph, state, { instance: event.instance, phase: PHASE.failed, error: event.error }),
      ];
    }
    case 'step_cancelled':
      if (!leaveRunning(state, event.instance)) return [];
      return [
        { type: 'record', instance: event.instance, state: 'cancelled', notes: 'Cancelled while it ran.' },
        ...endInstance(graph, state, { instance: event.instance, phase: PHASE.cancelled }),
      ];
    case 'decision_asked':
      if (state.phase[event.instance] !== PHASE.asking) return [];
      return askDecision(state, { ...event.decision, instance: event.instance, when: 'before' });
    case 'decision_changed':
      return changeDecision(state, event.decision_uuid);
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
      return stop(graph, state, { why: event.why, error: null });
    case 'broke':
      return stop(graph, state, { why: 'failed', error: event.error });
  }
}

function leaveRunning(state: SessionState, instance: number): boolean {
  if (state.phase[instance] !== PHASE.running) return false;
  state.running -= 1;
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
  if (deadline !== null && deadline <= now) return stop(graph, state, { why: 'timeout', error: null });
  for (const [instance, retryAt] of Object.entries(state.provider_waits)) {
    if (retryAt > now) continue;
    delete state.provider_waits[instance];
    if (hasEnded(state.phase[Number(instance)]!)) continue;
    state.phase[Number(instance)] = PHASE.cleared;
    state.ready.push(Number(instance));
  }
  const commands = expireDecisions(state, now);
  recomputeDeadline(state);
  return commands;
}
