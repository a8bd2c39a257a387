import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

/** The agents that a session pinned when it began, for one whose SessionAgents are made later: by whoever planned it. */
interface SessionPinsRow {
  /** `<partition_key>/<session_uuid>`. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  /** The pinned agent of each node, by its content. */
  hashes: string[];
  created_at: Date;
}

const schema = new Schema<SessionPinsRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    hashes: { type: [String], required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'session_pins', versionKey: false },
);
scoped(schema, 'SessionPins');

export const SessionPinsModel = mongoose.model<SessionPinsRow>('SessionPins', schema);

interface Key {
  _id: string;
  partition_key: string;
  session_uuid: string;
}

/** Keeps what a session pinned; answers what is kept, which is what came first. */
export async function keepPins({ _id, partition_key, session_uuid }: Key, hashes: string[]): Promise<string[]> {
  const row = await SessionPinsModel.findOneAndUpdate(
    { _id, partition_key },
    { $setOnInsert: { session_uuid, hashes, created_at: new Date() } },
    { upsert: true, returnDocument: 'after' },
  ).lean<SessionPinsRow>();
  return row!.hashes;
}

export async function findPins({ _id, partition_key }: Pick<Key, '_id' | 'partition_key'>): Promise<string[] | null> {
  const row = await SessionPinsModel.findOne({ _id, partition_key }).lean<SessionPinsRow>();
  return row?.hashes ?? null;
}
