import { completeStep } from './complete-step.ts';
import type { Command } from './commands.ts';
import { endInstance } from './end-instance.ts';
import type { AskedDecision, DecisionOutcome } from './events.ts';
import type { Graph } from './graph.ts';
import { take } from './queue.ts';
import { PHASE, SETTLING, type PendingDecision, type SessionState } from './state.ts';
import { addDeadline } from './time.ts';

/** Answers kept for decisions that the session does not know yet; more are strays, which a reconciler sends again. */
const EARLY_ANSWERS = 1_000;
/** No uuid is longer; anyone who may signal can send any text, and the state has to stay small. */
const LONGEST_UUID = 64;

export function askDecision(state: SessionState, asked: AskedDecision & { instance: number; when: PendingDecision['when'] }): void {
  const { decision_uuid, expires_at, instance, when } = asked;
  state.phase[instance] = PHASE.deciding;
  // Its tries are over, and thousands of these would make the state large.
  delete state.used_ms[instance];
  state.decisions[decision_uuid] = { instance, when, ...(expires_at === null ? {} : { expires_at }) };
  state.deciding += 1;
  addDecisionDeadline(state, state.decisions[decision_uuid]!);
  const early = state.early_answers.indexOf(decision_uuid);
  if (early >= 0) state.early_answers.splice(early, 1);
  if (early >= 0 || asked.settled === true) changeDecision(state, decision_uuid);
}

/** Someone says that a decision changed; the record knows what it came to, so an activity asks it. */
export function changeDecision(state: SessionState, decision_uuid: string): void {
  const decision = pendingDecision(state, decision_uuid);
  if (decision === undefined) {
    keepEarly(state, decision_uuid);
  } else if (decision.settling === undefined) {
    decision.settling = SETTLING.queued;
    state.to_settle.items.push(decision_uuid);
  } else if (decision.settling === SETTLING.read) {
    decision.settling = SETTLING.read_and_changed;
  }
}

export function expireDecisions(state: SessionState, now: number): void {
  for (const [decision_uuid, decision] of Object.entries(state.decisions)) {
    if (decision.settling === undefined && hasExpired(decision, now)) changeDecision(state, decision_uuid);
  }
}

/** The next decision to look at. One whose time is up is settled by its default, unless the record has an answer. */
export function takeDecision(state: SessionState, now: number): Command {
  const decision_uuid = take(state.to_settle);
  const decision = state.decisions[decision_uuid]!;
  decision.settling = SETTLING.read;
  state.settling += 1;
  return { type: 'settle', instance: decision.instance, decision_uuid, expire: hasExpired(decision, now) };
}

export function settleDecision(graph: Graph, state: SessionState, settled: { decision_uuid: string; outcome: DecisionOutcome }): Command[] {
  const { decision_uuid, outcome } = settled;
  const decision = pendingDecision(state, decision_uuid);
  if (decision?.settling !== SETTLING.read && decision?.settling !== SETTLING.read_and_changed) return [];
  state.settling -= 1;
  if (outcome.kind === 'still_pending') {
    const changed = decision.settling === SETTLING.read_and_changed;
    delete decision.settling;
    addDecisionDeadline(state, decision);
    if (changed) changeDecision(state, decision_uuid);
    return [];
  }
  delete state.decisions[decision_uuid];
  state.deciding -= 1;
  const { instance, when } = decision;
  if (outcome.kind === 'failed') return endInstance(graph, state, { instance, phase: PHASE.failed, error: outcome.error });
  if (when === 'after') return completeStep(graph, state, instance);
  state.phase[instance] = PHASE.cleared;
  state.ready.items.push(instance);
  return [];
}

/** A signal may carry any text as the uuid, `__proto__` too. */
function pendingDecision(state: SessionState, decision_uuid: string): PendingDecision | undefined {
  return Object.hasOwn(state.decisions, decision_uuid) ? state.decisions[decision_uuid] : undefined;
}

function keepEarly(state: SessionState, decision_uuid: string): void {
  const { early_answers } = state;
  if (state.stopping !== null || decision_uuid.length > LONGEST_UUID || early_answers.includes(decision_uuid)) return;
  early_answers.push(decision_uuid);
  if (early_answers.length > EARLY_ANSWERS) early_answers.shift();
}

function hasExpired({ expires_at }: PendingDecision, now: number): boolean {
  return expires_at !== undefined && expires_at <= now;
}

function addDecisionDeadline(state: SessionState, { expires_at }: PendingDecision): void {
  if (expires_at !== undefined) addDeadline(state, expires_at);
}
