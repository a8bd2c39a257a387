import mongoose, { Schema } from 'mongoose';
import type { DecisionAction } from '../plan/plan.ts';
import { scoped } from './scope.ts';

export const DECISION_STATUSES = ['pending', 'answered', 'expired', 'cancelled'] as const;
export type DecisionStatus = (typeof DECISION_STATUSES)[number];

/** A question to a person. This record is the arbiter: whoever moves it from `pending` first has answered. */
export interface DecisionRow {
  /** The decision_uuid. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  coordination_uuid: string;
  session_agent_uuid: string;
  agent_uuid: string;
  workflow_id: string;
  /** `input`: before the agent runs; `approval`: of its output. */
  kind: 'input' | 'approval';
  status: DecisionStatus;
  question: string;
  allowed_actions: DecisionAction[];
  /** JSON Schema of the answer's input, as text, or null where a string will do. */
  input_schema_json: string | null;
  default_action: DecisionAction | null;
  expires_at: Date | null;
  action: DecisionAction | null;
  input_json: string | null;
  comment: string | null;
  answered_by: string | null;
  /** Where the answer came from: `api`, `signal` (its `answered_by` is unverified), `expiry`. */
  answered_through: 'api' | 'signal' | 'expiry' | null;
  answered_at: Date | null;
  /** The try that answered: a repetition under the same Idempotency-Key has the same one. */
  answer_uuid: string | null;
  /** When its session is to be told (again), until it took the answer. */
  tell_at: Date | null;
  /** When its session took the answer; null after an answer means that the session has to be told (again). */
  applied_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const schema = new Schema<DecisionRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    coordination_uuid: { type: String, required: true },
    session_agent_uuid: { type: String, required: true },
    agent_uuid: { type: String, required: true },
    workflow_id: { type: String, required: true },
    kind: { type: String, enum: ['input', 'approval'], required: true },
    status: { type: String, enum: DECISION_STATUSES, required: true },
    question: { type: String, default: '' },
    allowed_actions: { type: [String], required: true },
    input_schema_json: { type: String, default: null },
    default_action: { type: String, default: null },
    expires_at: { type: Date, default: null },
    action: { type: String, default: null },
    input_json: { type: String, default: null },
    comment: { type: String, default: null },
    answered_by: { type: String, default: null },
    answered_through: { type: String, default: null },
    answered_at: { type: Date, default: null },
    answer_uuid: { type: String, default: null },
    tell_at: { type: Date, default: null },
    applied_at: { type: Date, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'decisions', versionKey: false },
);
scoped(schema, 'Decision');
schema.index({ partition_key: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, session_uuid: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, status: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, session_agent_uuid: 1, status: 1 });
schema.index({ status: 1, applied_at: 1, tell_at: 1 });

export const DecisionModel = mongoose.model<DecisionRow>('Decision', schema);

export interface DecisionAnswer {
  action: DecisionAction;
  input?: unknown;
  comment?: string | null;
  answered_by: string | null;
  answered_through: NonNullable<DecisionRow['answered_through']>;
  answer_uuid?: string;
}

/** The signal of an answer may be under way for so long before the session is told again. */
const SIGNAL_PATIENCE_MS = 5_000;

/** The one conditional write; an answer after `expires_at` is too late, although only the session's worker marks it so. Answers the row as it stands after it, and whether this answer is the one that counts. */
export async function settleDecisionRecord(decision: { partition_key: string; decision_uuid: string }, answer: DecisionAnswer | { expired: true }): Promise<{ won: boolean; row: DecisionRow | null }> {
  const now = new Date();
  const change =
    'expired' in answer
      ? { status: 'expired' as const, answered_through: 'expiry' as const }
      : {
          status: 'answered' as const,
          action: answer.action,
          input_json: answer.input === undefined ? null : JSON.stringify(answer.input),
          comment: answer.comment ?? null,
          answered_by: answer.answered_by,
          answered_through: answer.answered_through,
          answer_uuid: answer.answer_uuid ?? null,
        };
  const inTime = 'expired' in answer ? {} : { $or: [{ expires_at: null }, { expires_at: { $gt: now } }] };
  const row = await DecisionModel.findOneAndUpdate(
    { _id: decision.decision_uuid, partition_key: decision.partition_key, status: 'pending', ...inTime },
    { $set: { ...change, answered_at: now, tell_at: new Date(now.getTime() + SIGNAL_PATIENCE_MS), updated_at: now } },
    { returnDocument: 'after', writeConcern: { w: 'majority' } },
  ).lean<DecisionRow>();
  if (row !== null) return { won: true, row };
  return { won: false, row: await DecisionModel.findOne({ _id: decision.decision_uuid, partition_key: decision.partition_key }).lean<DecisionRow>() };
}
