import { createHash, randomBytes } from 'node:crypto';
import mongoose, { Schema } from 'mongoose';
import { v7 } from 'uuid';
import { findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { scoped } from './scope.ts';

/** A key's record; the key itself is shown once and never stored. */
export interface ApiKeyRow {
  _id: string;
  api_key_uuid: string;
  partition_key: string;
  project_uuid: string;
  name: string;
  /** SHA-256, hex. A key is 256 random bits, so a slow hash would add nothing. */
  key_hash: string;
  /** The first characters, by which a person recognises it. */
  key_prefix: string;
  permissions: string[];
  created_at: Date;
  revoked_at: Date | null;
}

export type ApiKey = Omit<ApiKeyRow, '_id' | 'key_hash'>;

const schema = new Schema<ApiKeyRow>({
  _id: { type: String, required: true },
  api_key_uuid: { type: String, required: true },
  partition_key: { type: String, required: true },
  project_uuid: { type: String, required: true },
  name: { type: String, required: true },
  key_hash: { type: String, required: true },
  key_prefix: { type: String, required: true },
  permissions: { type: [String], required: true },
  created_at: { type: Date, required: true },
  revoked_at: { type: Date, default: null },
}, { collection: 'api_keys', versionKey: false });
schema.index({ key_hash: 1 }, { unique: true });
schema.index({ partition_key: 1, created_at: 1, _id: 1 });
schema.index({ created_at: 1, _id: 1 });
scoped(schema, 'ApiKey');

const ApiKeyModel = mongoose.model('ApiKeyModel', schema);

function toApiKey({ _id, key_hash, ...row }: ApiKeyRow): ApiKey {
  return row;
}

export function newKey(): string {
  return `ace_${randomBytes(32).toString('base64url')}`;
}

function hashKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

export interface NewApiKey {
  api_key_uuid?: string;
  project_uuid: string;
  name: string;
  permissions: string[];
  key: string;
}

/** Stores a key's hash. Errors: a duplicate key error where this very key is stored already. */
export async function insertApiKey(partition_key: string, given: NewApiKey): Promise<ApiKey> {
  const api_key_uuid = given.api_key_uuid ?? v7();
  const row: ApiKeyRow = {
    _id: api_key_uuid,
    api_key_uuid,
    partition_key,
    project_uuid: given.project_uuid,
    name: given.name,
    key_hash: hashKey(given.key),
    key_prefix: given.key.slice(0, 10),
    permissions: given.permissions,
    created_at: new Date(),
    revoked_at: null,
  };
  await ApiKeyModel.create(row);
  return toApiKey(row);
}

/** The record of a key that a caller presents, revoked ones included: it is what names the project, hence all projects. */
export async function findApiKeyBySecret(key: string): Promise<ApiKey | undefined> {
  const row = await ApiKeyModel.findOne({ key_hash: hashKey(key) }).setOptions({ allProjects: true }).lean<ApiKeyRow>();
  return row ? toApiKey(row) : undefined;
}

/** The administrator's operations reach all projects. */
export async function findApiKey(api_key_uuid: string): Promise<ApiKey | undefined> {
  const row = await ApiKeyModel.findOne({ _id: api_key_uuid }).setOptions({ allProjects: true }).lean<ApiKeyRow>();
  return row ? toApiKey(row) : undefined;
}

/** Keys of one project, or of all where `partition_key` is undefined (for the administrator). */
export async function listApiKeys(partition_key: string | undefined, request: PageRequest): Promise<Page<ApiKey>> {
  const filter = partition_key === undefined ? {} : { partition_key };
  const page = await findPage(ApiKeyModel, filter, { ...request, allProjects: partition_key === undefined });
  return { rows: page.rows.map(toApiKey), next: page.next };
}

/** The administrator's keys reach all projects. Returns the key as it is after, or undefined where there is none. */
export async function revokeApiKey(api_key_uuid: string): Promise<ApiKey | undefined> {
  const row = await ApiKeyModel.findOneAndUpdate(
    { _id: api_key_uuid },
    [{ $set: { revoked_at: { $ifNull: ['$revoked_at', '$$NOW'] } } }],
    { returnDocument: 'after', updatePipeline: true },
  ).setOptions({ allProjects: true }).lean<ApiKeyRow>();
  return row ? toApiKey(row) : undefined;
}
