import { isEmpty, type Queue } from './queue.ts';
import { SETTLING, type PendingDecision, type SessionState } from './state.ts';

/**
 * Longest carried state, in characters of JSON. The server ends a workflow whose arguments exceed 2 MB; 10,000 decisions
 * that all wait, expire and have been answered stay under this.
 */
export const CARRIED_CHARACTERS = 1024 * 1024;

/** A state as it travels to the next run: what follows from something else is left out. */
export interface CarriedState extends Omit<SessionState, 'decisions' | 'deciding' | 'to_settle'> {
  /** `[decision_uuid, instance, 1 where it stands before its step, when it expires (ms) or 0, 1 where it has to be read]`. */
  decisions: Array<[string, number, 0 | 1, number, 0 | 1]>;
}

/** Packs a state of a session in which nothing is in flight. */
export function carryState(state: SessionState): CarriedState {
  const { decisions, deciding: _deciding, to_settle: _toSettle, ...rest } = state;
  return {
    ...rest,
    ready: remaining(state.ready),
    to_ask: remaining(state.to_ask),
    decisions: Object.entries(decisions).map(([uuid, { instance, when, expires_at, settling }]) => [
      uuid, instance, when === 'before' ? 1 : 0, expires_at ?? 0, settling === undefined ? 0 : 1,
    ]),
  };
}

/**
 * A carried state, brought to today's shape.
 * Errors: throws for a state of a newer worker.
 */
export function resumeState(carried: CarriedState): SessionState {
  if (carried.state_version !== 1) {
    throw new Error(`state_version ${String(carried.state_version)} is newer than this worker; start a newer worker`);
  }
  const decisions: Record<string, PendingDecision> = {};
  const to_settle: Queue<string> = { items: [], head: 0 };
  for (const [uuid, instance, before, expires_at, changed] of carried.decisions) {
    decisions[uuid] = {
      instance,
      when: before === 1 ? 'before' : 'after',
      ...(expires_at === 0 ? {} : { expires_at }),
      ...(changed === 0 ? {} : { settling: SETTLING.queued }),
    };
    if (changed === 1) to_settle.items.push(uuid);
  }
  return { ...carried, decisions, deciding: carried.decisions.length, to_settle };
}

function remaining(queue: Queue<number>): Queue<number> {
  return isEmpty(queue) ? { items: [], head: 0 } : { items: queue.items.slice(queue.head), head: 0 };
}
