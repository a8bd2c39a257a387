import mongoose, { Schema } from 'mongoose';
import type { ClientSession } from 'mongoose';
import { v7 } from 'uuid';
import type { CoordinationContent } from './coordination.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { scoped } from './scope.ts';

/** A published version of a coordination; never changed. */
export interface CoordinationVersion {
  version_uuid: string;
  partition_key: string;
  coordination_uuid: string;
  /** From 1. */
  version: number;
  definition: CoordinationContent;
  content_hash: string;
  plan_hash: string;
  /** Name of the API key that published it. */
  author: string;
  note: string | null;
  created_at: Date;
}

interface CoordinationVersionRow extends Omit<CoordinationVersion, 'definition'> {
  _id: string;
  definition: string;
}

const schema = new Schema<CoordinationVersionRow>({
  _id: { type: String, required: true },
  version_uuid: { type: String, required: true },
  partition_key: { type: String, required: true },
  coordination_uuid: { type: String, required: true },
  version: { type: Number, required: true },
  definition: { type: String, required: true },
  content_hash: { type: String, required: true },
  plan_hash: { type: String, required: true },
  author: { type: String, required: true },
  note: { type: String, default: null },
  created_at: { type: Date, required: true },
}, { collection: 'coordination_versions', versionKey: false });
schema.index({ partition_key: 1, coordination_uuid: 1, version: 1 }, { unique: true });
schema.index({ partition_key: 1, coordination_uuid: 1, created_at: 1, _id: 1 });
scoped(schema, 'CoordinationVersion');

const CoordinationVersionModel = mongoose.model('CoordinationVersionModel', schema);

function toVersion({ _id, definition, ...row }: CoordinationVersionRow): CoordinationVersion {
  return { ...row, definition: fromJsonText<CoordinationContent>(definition)! };
}

/** Errors: a duplicate key error where the version exists. */
export async function insertVersion(given: Omit<CoordinationVersion, 'version_uuid' | 'created_at'>, session: ClientSession): Promise<void> {
  const version_uuid = v7();
  const row = { ...given, _id: version_uuid, version_uuid, definition: toJsonText(given.definition), created_at: new Date() };
  await CoordinationVersionModel.create([row as CoordinationVersionRow], { session });
}

export async function findVersion(partition_key: string, coordination_uuid: string, version: number): Promise<CoordinationVersion | undefined> {
  const row = await CoordinationVersionModel.findOne({ partition_key, coordination_uuid, version }).lean<CoordinationVersionRow>();
  return row ? toVersion(row) : undefined;
}

export async function listVersions(partition_key: string, coordination_uuid: string, request: PageRequest): Promise<Page<CoordinationVersion>> {
  const page = await findPage(CoordinationVersionModel, { partition_key, coordination_uuid }, request);
  return { rows: page.rows.map(toVersion), next: page.next };
}

export async function deleteVersionsOf(key: { partition_key: string; coordination_uuid: string }, session: ClientSession): Promise<void> {
  await CoordinationVersionModel.deleteMany({ ...key }, { session });
}
