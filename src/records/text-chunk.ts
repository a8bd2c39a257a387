import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

/** A piece of a model's text on its way to whoever listens. It may be missed; the result never is. Gone after an hour. */
export interface TextChunkRow {
  partition_key: string;
  session_uuid: string;
  session_agent_uuid: string;
  attempt: number;
  text: string;
  created_at: Date;
}

const schema = new Schema<TextChunkRow>(
  {
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    session_agent_uuid: { type: String, required: true },
    attempt: { type: Number, required: true },
    text: { type: String, default: '' },
    created_at: { type: Date, required: true },
  },
  { collection: 'text_chunks', versionKey: false },
);
scoped(schema, 'TextChunk');
schema.index({ partition_key: 1, session_uuid: 1 });
schema.index({ created_at: 1 }, { expireAfterSeconds: 3_600 });

export const TextChunkModel = mongoose.model<TextChunkRow>('TextChunk', schema);
