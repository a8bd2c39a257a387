import { EngineError } from '../errors.ts';
import { DecisionModel, settleDecisionRecord, type DecisionAnswer, type DecisionRow } from './decision.ts';
import { misfit } from './json-schema.ts';

/** Longest input of an answer, in characters of JSON. */
export const MAX_ANSWER_CHARACTERS = 64 * 1024;

/**
 * One answer to one decision, from wherever it comes. The answer that moves the record from `pending` counts; any other
 * changes nothing, but a repetition of that very try is told that it counted. Answers the decision as it stands then.
 * The winner still has to tell the record of events and the session.
 * Errors: `resource.not_found`, `decision.not_pending`, `decision.action_not_allowed`, `decision.input_invalid`.
 */
export async function answerDecisionRecord(decision: { partition_key: string; decision_uuid: string }, answer: DecisionAnswer): Promise<DecisionRow> {
  const row = await DecisionModel.findOne({ _id: decision.decision_uuid, partition_key: decision.partition_key }).lean<DecisionRow>();
  if (row === null) throw new EngineError('resource.not_found', `There is no decision ${decision.decision_uuid}.`);
  if (row.status === 'pending') checkAnswer(row, answer);
  const settled = await settleDecisionRecord(decision, answer);
  const now = settled.row ?? row;
  const counted = settled.won || (now.status === 'answered' && answer.answer_uuid !== undefined && now.answer_uuid === answer.answer_uuid);
  if (!counted) throw notPending(now);
  return now;
}

function notPending(row: DecisionRow): EngineError {
  // Its session marks it as expired; that waits for a worker.
  const status = row.status === 'pending' ? 'expired' : row.status;
  const by = row.answered_by === null ? '' : ` by ${row.answered_by}`;
  const what = {
    answered: `was answered (${row.action})${by} at ${row.answered_at?.toISOString()}`,
    expired: `expired${row.expires_at === null ? '' : ` at ${row.expires_at.toISOString()}`}`,
    cancelled: 'is cancelled',
  }[status];
  return new EngineError('decision.not_pending', `The decision ${what}; this answer changed nothing.`, { extra: { decision_uuid: row._id, decision_status: status } });
}

function checkAnswer(row: DecisionRow, answer: DecisionAnswer): void {
  if (!row.allowed_actions.includes(answer.action)) {
    const detail = `The decision allows ${row.allowed_actions.join(', ')}.`;
    throw new EngineError('decision.action_not_allowed', detail, { errors: [{ path: 'action', message: detail }] });
  }
  const needsInput = answer.action === 'answer' || answer.action === 'edit';
  const refuse = (message: string): never => {
    throw new EngineError('decision.input_invalid', message, { errors: [{ path: 'input', message }] });
  };
  if (needsInput && answer.input === undefined) refuse(`The action ${answer.action} needs an input.`);
  if (answer.input === undefined) return;
  if (JSON.stringify(answer.input).length > MAX_ANSWER_CHARACTERS) refuse(`The input is longer than ${MAX_ANSWER_CHARACTERS} characters.`);
  if (answer.action !== 'answer') return;
  if (row.input_schema_json === null) {
    if (typeof answer.input !== 'string') refuse('The input must be a text.');
    return;
  }
  const fault = misfit(JSON.parse(row.input_schema_json) as Record<string, unknown>, answer.input, 'input');
  if (fault !== null) refuse(`The input does not fit the schema: ${fault}`);
}
