import mongoose, { Schema } from 'mongoose';
import { EngineError } from '../errors.ts';
import { scoped } from './scope.ts';
import { EXCERPT_CHARACTERS, INLINE_CHARACTERS } from './session-agent.ts';

/** Largest text of one model call; a MongoDB document holds 16 MB. */
export const MAX_OUTPUT_BYTES = 15 * 1024 * 1024;

/** A text too long to stand in the record that it belongs to. Written once. */
export interface OutputRow {
  /** The output_uuid. */
  _id: string;
  partition_key: string;
  session_uuid: string;
  text: string;
  created_at: Date;
}

const schema = new Schema<OutputRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    session_uuid: { type: String, required: true },
    text: { type: String, default: '' },
    created_at: { type: Date, required: true },
  },
  { collection: 'outputs', versionKey: false },
);
scoped(schema, 'Output');
schema.index({ partition_key: 1, session_uuid: 1 });

export const OutputModel = mongoose.model<OutputRow>('Output', schema);

export interface StoredText {
  /** The text, or its beginning where `ref` is set. */
  text: string;
  /** uuid of the Output that holds the whole. */
  ref: string | null;
}

/** Keeps a text: short ones stand where they are, longer ones go into the Output `output_uuid`, once. */
export async function storeText(owner: { partition_key: string; session_uuid: string; output_uuid: string }, text: string): Promise<StoredText> {
  if (text.length <= INLINE_CHARACTERS) return { text, ref: null };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_OUTPUT_BYTES) {
    throw new EngineError('step.output_too_large', `The text has ${bytes} bytes; at most ${MAX_OUTPUT_BYTES} are kept. Ask the agent for less, or split the work.`);
  }
  await OutputModel.updateOne(
    { _id: owner.output_uuid, partition_key: owner.partition_key },
    { $setOnInsert: { session_uuid: owner.session_uuid, text, created_at: new Date() } },
    { upsert: true },
  );
  return { text: text.slice(0, EXCERPT_CHARACTERS), ref: owner.output_uuid };
}

/** The whole of a text that `storeText` kept. */
export async function loadText(partition_key: string, stored: { text: string | null; ref: string | null }): Promise<string> {
  if (stored.ref === null) return stored.text ?? '';
  const row = await OutputModel.findOne({ _id: stored.ref, partition_key }).lean<OutputRow>();
  if (row === null) throw new EngineError('resource.not_found', `The output ${stored.ref} is gone; retention may have removed it.`);
  return row.text;
}

export async function findOutput(partition_key: string, output_uuid: string): Promise<OutputRow | null> {
  return OutputModel.findOne({ partition_key, _id: output_uuid }).lean<OutputRow>();
}
