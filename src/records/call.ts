import mongoose, { Schema } from 'mongoose';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { scoped } from './scope.ts';

/** A model call that was begun more than once, failed, or mends an answer: how often, and which class of error it met. */
export interface CallRow {
  /** `<session_agent_uuid>/<iteration>/<turn>/<repair>`: never the attempt, which a retry and a reset change. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  attempts: number;
  /** Failures by class, for the limits that a single RetryPolicy cannot keep. */
  failures: { provider: number; stream_cut: number; other: number };
  last_error: string | null;
  created_at: Date;
  updated_at: Date;
}

export type FailureClass = keyof CallRow['failures'];

const counter = { type: Number, default: 0 };
const schema = new Schema<CallRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    attempts: counter,
    failures: { type: new Schema({ provider: counter, stream_cut: counter, other: counter }, { _id: false }), default: () => ({}) },
    last_error: { type: String, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'calls', versionKey: false },
);
scoped(schema, 'Call');
schema.index({ partition_key: 1, session_uuid: 1 });

export const CallModel = mongoose.model<CallRow>('Call', schema);

/**
 * Says that a call is about to be made; the answer is how often it has been begun, this time included. Of a step's first
 * call `begun` says how often that was before: the step's own mark told it, which spares every plain call a write.
 */
export async function beginCall(call: { partition_key: string; session_uuid: string; call_key: string; begun?: number }): Promise<number> {
  const attempts = (call.begun ?? 0) + 1;
  try {
    // The driver's own insert, for the call is seldom known: an upsert costs three times as much.
    await CallModel.collection.insertOne(newCall(call, attempts) as never, { writeConcern: { w: 1 } });
    return attempts;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const row = await CallModel.findOneAndUpdate(
    { _id: call.call_key, partition_key: call.partition_key },
    { $inc: { attempts: 1 }, $set: { updated_at: new Date() } },
    { returnDocument: 'after' },
  ).lean<CallRow>();
  return row?.attempts ?? attempts + 1;
}

function newCall({ call_key, partition_key, session_uuid }: { partition_key: string; session_uuid: string; call_key: string }, attempts: number): CallRow {
  const now = new Date();
  return { _id: call_key, partition_key, session_uuid, attempts, failures: { provider: 0, stream_cut: 0, other: 0 }, last_error: null, created_at: now, updated_at: now };
}

/** Counts a failure and says how often this class of error has met the call. */
export async function countFailure(call: { partition_key: string; session_uuid: string; call_key: string }, failure: { class: FailureClass; error: string }): Promise<CallRow['failures']> {
  const { _id, partition_key, failures, last_error, updated_at, ...first } = newCall(call, 1);
  const others = Object.fromEntries(Object.keys(failures).filter((kind) => kind !== failure.class).map((kind) => [`failures.${kind}`, 0]));
  const row = await CallModel.findOneAndUpdate(
    { _id, partition_key },
    { $inc: { [`failures.${failure.class}`]: 1 }, $set: { last_error: failure.error.slice(0, 1_000), updated_at }, $setOnInsert: { ...first, ...others } },
    { returnDocument: 'after', upsert: true },
  ).lean<CallRow>();
  return row?.failures ?? { ...failures, [failure.class]: 1 };
}
