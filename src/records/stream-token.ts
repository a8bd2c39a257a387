import { createHash, randomBytes } from 'node:crypto';
import mongoose, { Schema } from 'mongoose';
import { scoped } from './scope.ts';

/** Stands for an API key in the address of a stream, for a minute; only its hash is stored. */
export interface StreamTokenRow {
  /** SHA-256 of the token, hex. */
  _id: string;
  partition_key: string;
  api_key_uuid: string;
  expires_at: Date;
}

export const STREAM_TOKEN_PATTERN = /^acs_[A-Za-z0-9_-]{43}$/;

const schema = new Schema<StreamTokenRow>({
  _id: { type: String, required: true },
  partition_key: { type: String, required: true },
  api_key_uuid: { type: String, required: true },
  expires_at: { type: Date, required: true },
}, { collection: 'stream_tokens', versionKey: false });
scoped(schema, 'StreamToken');
schema.index({ expires_at: 1 }, { expireAfterSeconds: 0 });

const StreamTokenModel = mongoose.model<StreamTokenRow>('StreamTokenModel', schema);

function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Makes a token and answers it; it cannot be read again. */
export async function insertStreamToken(row: Omit<StreamTokenRow, '_id'>): Promise<string> {
  const token = `acs_${randomBytes(32).toString('base64url')}`;
  await StreamTokenModel.create({ ...row, _id: hashToken(token) });
  return token;
}

/** The uuid of the API key that a token stands for: it is what names the project, hence all projects. */
export async function findStreamToken(token: string): Promise<StreamTokenRow | null> {
  return StreamTokenModel.findOne({ _id: hashToken(token), expires_at: { $gt: new Date() } }).setOptions({ allProjects: true }).lean<StreamTokenRow>();
}
