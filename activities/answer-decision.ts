import { EngineError } from '../src/errors.ts';
import { DECISION_ACTIONS, type DecisionAction } from '../src/plan/plan.ts';
import { answerDecisionRecord } from '../src/records/answer-decision.ts';
import { appendEvents } from '../src/records/append-events.ts';
import { tellDecision } from '../src/records/tell-decision.ts';
import { DecisionModel, type DecisionAnswer, type DecisionRow } from '../src/records/decision.ts';
import { claimRun } from './claim-run.ts';
import { toFailure } from './failure.ts';
import type { SessionRef } from './services.ts';

const LONGEST_ID = 64;

/** What came with a signal, from the Temporal UI or its CLI: anything at all. */
export interface SignalledAnswer extends SessionRef {
  /** Tells the signals of a session apart, so that a refusal is told once. */
  number: number;
  answer?: unknown;
  /** Set in place of an answer that is refused for what it is, not for what it says. */
  unread?: string;
}

export type SignalledOutcome = { decision_uuid: string; refused?: undefined } | { refused: string; decision_uuid?: undefined };

/** An answer that came as a raw signal: the same conditional write as over REST. A refusal is an event, not a failure. */
export function answerDecision(): (signal: SignalledAnswer) => Promise<SignalledOutcome> {
  return async (signal) => {
    try {
      await claimRun(signal);
      const { decision_uuid, action, input, comment, answered_by } = await read(signal);
      const answer = { action, input, comment, answered_by, answered_through: 'signal' as const };
      const row = await counted(signal, decision_uuid, answer) ?? await answerDecisionRecord({ partition_key: signal.partition_key, decision_uuid }, answer);
      await tellDecision(row);
      return { decision_uuid };
    } catch (error) {
      if (!(error instanceof EngineError)) throw toFailure(error);
      await appendEvents(signal, [
        { event_type: 'decision.refused', event_key: `decision.refused/signal/${signal.number}`, source_component: 'worker', data: { code: error.code }, message: error.message },
      ]);
      return { refused: error.message };
    }
  };
}

/** The decision, where it was this answer that counted: a retry of the activity, or a reset, brings the same signal again. */
async function counted({ partition_key }: SessionRef, decision_uuid: string, answer: DecisionAnswer): Promise<DecisionRow | null> {
  const { input, ...same } = answer;
  return DecisionModel.findOne({ _id: decision_uuid, partition_key, status: 'answered', ...same, input_json: input === undefined ? null : JSON.stringify(input) }).lean<DecisionRow>();
}

interface ReadAnswer {
  decision_uuid: string;
  action: DecisionAction;
  input?: unknown;
  comment: string | null;
  answered_by: string | null;
}

async function read({ partition_key, session_uuid, answer, unread }: SignalledAnswer): Promise<ReadAnswer> {
  if (unread !== undefined) throw invalid(unread);
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw invalid('The signal must carry one object.');
  const given = answer as Record<string, unknown>;
  const comment = textOrNull(given.comment, 'comment');
  const answered_by = textOrNull(given.answered_by, 'answered_by');
  if (given.session_agent_uuid !== undefined && given.decision_uuid === undefined) {
    if (!isId(given.session_agent_uuid) || typeof given.user_input !== 'string') throw invalid('user_input takes {session_agent_uuid, user_input}, both texts.');
    const { session_agent_uuid, user_input } = given;
    const asked = { partition_key, session_uuid, session_agent_uuid };
    const pending = await DecisionModel.find({ ...asked, status: 'pending' }).limit(2).lean<DecisionRow[]>();
    if (pending.length === 0) {
      const again = await DecisionModel.findOne({ ...asked, status: 'answered', answered_through: 'signal', input_json: JSON.stringify(user_input) }).lean<DecisionRow>();
      if (again !== null) return { decision_uuid: again._id, action: 'answer', input: user_input, comment, answered_by };
    }
    if (pending.length !== 1) throw new EngineError('decision.none_pending', `The agent ${given.session_agent_uuid} has ${pending.length === 0 ? 'no pending decision' : 'several pending decisions'}.`);
    return { decision_uuid: pending[0]!._id, action: 'answer', input: given.user_input, comment, answered_by };
  }
  if (!isId(given.decision_uuid)) throw invalid('decision_uuid must be a uuid.');
  if (!DECISION_ACTIONS.includes(given.action as DecisionAction)) throw invalid(`action must be one of ${DECISION_ACTIONS.join(', ')}.`);
  const own = await DecisionModel.exists({ _id: given.decision_uuid, partition_key, session_uuid });
  if (own === null) throw new EngineError('resource.not_found', `This session has no decision ${given.decision_uuid}.`);
  return { decision_uuid: given.decision_uuid, action: given.action as DecisionAction, input: given.input, comment, answered_by };
}

/** A refusal repeats the id that it was given, so that has to be short. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_ID;
}

function textOrNull(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > 4_000) throw invalid(`${path} must be a text of at most 4,000 characters.`);
  return value;
}

function invalid(message: string): EngineError {
  return new EngineError('request.invalid', message);
}
