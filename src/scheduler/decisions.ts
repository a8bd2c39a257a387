import { completeStep } from './complete-step.ts';
import type { Command } from './commands.ts';
import { endInstance } from './end-instance.ts';
import type { DecisionOutcome } from './events.ts';
import type { Graph } from './graph.ts';
import { PHASE, hasEnded, type PendingDecision, type SessionState } from './state.ts';
import { addDeadline } from './time.ts';

/** Answers kept for decisions that the session does not know yet; more are strays, which a reconciler sends again. */
const EARLY_ANSWERS = 1_000;

export function askDecision(
  state: SessionState,
  asked: { decision_uuid: string; expires_at: number | null; instance: number; when: PendingDecision['when'] },
): Command[] {
  const { decision_uuid, expires_at, instance, when } = asked;
  state.phase[instance] = PHASE.deciding;
  state.decisions[decision_uuid] = { instance, when, expires_at, settling: 0 };
  if (expires_at !== null) addDeadline(state, expires_at);
  const early = state.early_answers.indexOf(decision_uuid);
  if (early < 0) return [];
  state.early_answers.splice(early, 1);
  return changeDecision(state, decision_uuid);
}

/** Someone says that a decision changed; the record knows what it came to, so an activity asks it. */
export function changeDecision(state: SessionState, decision_uuid: string): Command[] {
  const decision = state.decisions[decision_uuid];
  if (decision === undefined) {
    state.early_answers.push(decision_uuid);
    if (state.early_answers.length > EARLY_ANSWERS) state.early_answers.shift();
    return [];
  }
  if (decision.settling !== 0) {
    decision.settling = 2;
    return [];
  }
  decision.settling = 1;
  return [{ type: 'settle', instance: decision.instance, decision_uuid, expire: false }];
}

export function expireDecisions(state: SessionState, now: number): Command[] {
  const commands: Command[] = [];
  for (const [decision_uuid, decision] of Object.entries(state.decisions)) {
    if (decision.expires_at === null || decision.expires_at > now || decision.settling !== 0) continue;
    decision.settling = 1;
    commands.push({ type: 'settle', instance: decision.instance, decision_uuid, expire: true });
  }
  return commands;
}

export function settleDecision(graph: Graph, state: SessionState, settled: { decision_uuid: string; outcome: DecisionOutcome }): Command[] {
  const { decision_uuid, outcome } = settled;
  const decision = state.decisions[decision_uuid];
  if (decision === undefined) return [];
  const { instance, when } = decision;
  if (outcome.kind === 'still_pending') {
    const again = decision.settling === 2;
    decision.settling = 0;
    if (decision.expires_at !== null) addDeadline(state, decision.expires_at);
    return again ? changeDecision(state, decision_uuid) : [];
  }
  delete state.decisions[decision_uuid];
  if (hasEnded(state.phase[instance]!)) return [];
  if (outcome.kind === 'failed') return endInstance(graph, state, { instance, phase: PHASE.failed, error: outcome.error });
  if (when === 'after') return completeStep(graph, state, instance);
  state.phase[instance] = PHASE.cleared;
  state.ready.push(instance);
  return [];
}
