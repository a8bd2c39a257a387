import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

/** A model call that was begun: the intent, how often it was tried, and which class of error it met how often. */
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

/** Says that a call is about to be made; the answer is how often it has been begun, this time included. */
export async function beginCall(call: { partition_key: string; session_uuid: string; call_key: string }): Promise<number> {
  const now = new Date();
  const first: CallRow = {
    _id: call.call_key,
    partition_key: call.partition_key,
    session_uuid: call.session_uuid,
    attempts: 1,
    failures: { provider: 0, stream_cut: 0, other: 0 },
    last_error: null,
    created_at: now,
    updated_at: now,
  };
  try {
    // The driver's own insert, for nearly every call is the first: an upsert costs three times as much.
    await CallModel.collection.insertOne(first as never, { writeConcern: { w: 1 } });
    return 1;
  } catch (error) {
    if ((error as { code?: number }).code !== 11000) throw error;
  }
  const row = await CallModel.findOneAndUpdate(
    { _id: call.call_key, partition_key: call.partition_key },
    { $inc: { attempts: 1 }, $set: { updated_at: now } },
    { returnDocument: 'after' },
  ).lean<CallRow>();
  return row?.attempts ?? 2;
}

/** Counts a failure and says how often this class of error has met the call. */
export async function countFailure(call: { partition_key: string; call_key: string }, failure: { class: FailureClass; error: string }): Promise<CallRow['failures']> {
  const row = await CallModel.findOneAndUpdate(
    { _id: call.call_key, partition_key: call.partition_key },
    { $inc: { [`failures.${failure.class}`]: 1 }, $set: { last_error: failure.error.slice(0, 1_000), updated_at: new Date() } },
    { returnDocument: 'after' },
  ).lean<CallRow>();
  return row?.failures ?? { provider: 0, stream_cut: 0, other: 0, [failure.class]: 1 };
}
