import mongoose, { Schema } from 'mongoose';
import type { ClientSession } from 'mongoose';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { metadataIndex } from './metadata-index.ts';
import { findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { splitPartitionKey } from './partition-key.ts';
import { scoped } from './scope.ts';

export const COORDINATION_STATES = ['draft', 'validating', 'ready', 'archived'] as const;
export type CoordinationState = (typeof COORDINATION_STATES)[number];

/** What a version fixes for ever. */
export interface CoordinationContent {
  coordination_description: string | null;
  agents: unknown[];
  agent_actions: Record<string, unknown>;
  config: Record<string, unknown>;
}

/** What changes without a new version. */
export interface CoordinationLabels {
  coordination_name: string;
  tags: string[];
  metadata: Record<string, unknown>;
  active: boolean;
}

export interface Coordination extends CoordinationContent, CoordinationLabels {
  coordination_uuid: string;
  partition_key: string;
  endpoint_id: string;
  part_id: string;
  state: CoordinationState;
  /** Null until the first publication. */
  published_version: number | null;
  plan_hash: string | null;
  content_hash: string | null;
  /** Content that waits for its publication; null where there is none. */
  draft: CoordinationContent | null;
  agent_count: number;
  created_at: Date;
  updated_at: Date;
}

interface CoordinationRow extends Omit<Coordination, 'agents' | 'agent_actions' | 'config' | 'metadata' | 'draft'> {
  _id: string;
  agents: string;
  agent_actions: string;
  config: string;
  metadata: string;
  metadata_index: string[];
  draft: string | null;
  /** Agents that any published version names. */
  agent_uuids: string[];
  /** Set while it is being deleted: until then no session of it starts. */
  deleting_until: Date | null;
}

const schema = new Schema<CoordinationRow>({
  _id: { type: String, required: true },
  coordination_uuid: { type: String, required: true },
  partition_key: { type: String, required: true },
  endpoint_id: { type: String, required: true },
  part_id: { type: String, required: true },
  coordination_name: { type: String, required: true },
  coordination_description: { type: String, default: null },
  agents: { type: String, required: true },
  agent_actions: { type: String, required: true },
  agent_count: { type: Number, required: true },
  config: { type: String, required: true },
  tags: { type: [String], required: true },
  metadata: { type: String, required: true },
  metadata_index: { type: [String], required: true },
  active: { type: Boolean, required: true },
  state: { type: String, enum: COORDINATION_STATES, required: true },
  published_version: { type: Number, default: null },
  plan_hash: { type: String, default: null },
  content_hash: { type: String, default: null },
  draft: { type: String, default: null },
  agent_uuids: { type: [String], required: true },
  deleting_until: { type: Date, default: null },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true },
}, { collection: 'coordinations', versionKey: false });
schema.index({ partition_key: 1, coordination_uuid: 1 }, { unique: true });
schema.index({ partition_key: 1, coordination_name: 1 }, { unique: true });
schema.index({ partition_key: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, state: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, tags: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, metadata_index: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, agent_uuids: 1 });
scoped(schema, 'Coordination');

export const CoordinationModel = mongoose.model('CoordinationModel', schema);

function toCoordination({ _id, metadata_index, agent_uuids, deleting_until, ...row }: CoordinationRow): Coordination {
  return {
    ...row,
    agents: fromJsonText(row.agents) ?? [],
    agent_actions: fromJsonText(row.agent_actions) ?? {},
    config: fromJsonText(row.config) ?? {},
    metadata: fromJsonText(row.metadata) ?? {},
    draft: fromJsonText(row.draft),
  };
}

function labelColumns({ metadata, ...labels }: Partial<CoordinationLabels>): Record<string, unknown> {
  return { ...labels, ...(metadata === undefined ? {} : { metadata: toJsonText(metadata), metadata_index: metadataIndex(metadata) }) };
}

export function contentColumns(content: CoordinationContent): Record<string, unknown> {
  return {
    coordination_description: content.coordination_description,
    agents: toJsonText(content.agents),
    agent_actions: toJsonText(content.agent_actions),
    config: toJsonText(content.config),
    agent_count: content.agents.length,
  };
}

export interface NewCoordination {
  partition_key: string;
  coordination_uuid: string;
  labels: CoordinationLabels;
  content: CoordinationContent;
}

/** Stores a coordination without a version, its content as the draft. Undefined where the name is taken. */
export async function insertDraftCoordination(given: NewCoordination, session?: ClientSession): Promise<Coordination | undefined> {
  const { partition_key, coordination_uuid, labels, content } = given;
  const now = new Date();
  const row = {
    _id: coordination_uuid,
    coordination_uuid,
    partition_key,
    ...splitPartitionKey(partition_key),
    ...labelColumns(labels),
    ...contentColumns(content),
    state: 'draft',
    published_version: null,
    plan_hash: null,
    content_hash: null,
    draft: toJsonText(content),
    agent_uuids: [],
    created_at: now,
    updated_at: now,
  } as unknown as CoordinationRow;
  try {
    await CoordinationModel.create([row], { session: session ?? null });
  } catch (error) {
    if (isDuplicateKey(error)) return undefined;
    throw error;
  }
  return toCoordination(row);
}

export async function findCoordination(partition_key: string, coordination_uuid: string): Promise<Coordination | undefined> {
  const row = await CoordinationModel.findOne({ partition_key, coordination_uuid }).lean<CoordinationRow>();
  return row ? toCoordination(row) : undefined;
}

export async function findCoordinationByName(partition_key: string, coordination_name: string): Promise<Coordination | undefined> {
  const row = await CoordinationModel.findOne({ partition_key, coordination_name }).lean<CoordinationRow>();
  return row ? toCoordination(row) : undefined;
}

export interface CoordinationFilter {
  state?: string | undefined;
  active?: boolean | undefined;
  tag?: string | undefined;
  coordination_name?: string | undefined;
  created_after?: Date | undefined;
  metadata?: string[] | undefined;
}

export async function listCoordinations(partition_key: string, filter: CoordinationFilter, request: PageRequest): Promise<Page<Coordination>> {
  const page = await findPage(CoordinationModel, {
    partition_key,
    ...(filter.state === undefined ? {} : { state: filter.state }),
    ...(filter.active === undefined ? {} : { active: filter.active }),
    ...(filter.tag === undefined ? {} : { tags: filter.tag }),
    ...(filter.coordination_name === undefined ? {} : { coordination_name: filter.coordination_name }),
    ...(filter.created_after === undefined ? {} : { created_at: { $gt: filter.created_after } }),
    ...(filter.metadata === undefined || filter.metadata.length === 0 ? {} : { metadata_index: { $all: filter.metadata } }),
  }, request);
  return { rows: page.rows.map(toCoordination), next: page.next };
}

interface CoordinationKey {
  partition_key: string;
  coordination_uuid: string;
}

export interface CoordinationUpdate {
  labels?: Partial<CoordinationLabels>;
  /** Replaces the draft, or drops it where null. */
  draft?: CoordinationContent | null;
  /** Only while the draft is still this one. */
  draft_was?: CoordinationContent | null;
  state?: CoordinationState;
}

/** Undefined where the coordination is gone or its draft is another one, `name_taken` where its new name is another's. */
export async function updateCoordination(key: CoordinationKey, update: CoordinationUpdate): Promise<Coordination | 'name_taken' | undefined> {
  const set: Record<string, unknown> = { ...labelColumns(update.labels ?? {}), updated_at: new Date() };
  if (update.draft !== undefined) set.draft = toJsonText(update.draft);
  if (update.state !== undefined) set.state = update.state;
  try {
    const row = await CoordinationModel.findOneAndUpdate({ ...key, ...(update.draft_was === undefined ? {} : { draft: toJsonText(update.draft_was) }) }, { $set: set }, { returnDocument: 'after' }).lean<CoordinationRow>();
    return row ? toCoordination(row) : undefined;
  } catch (error) {
    if (isDuplicateKey(error)) return 'name_taken';
    throw error;
  }
}

export interface PublishedColumns {
  version: number;
  /** The version before; the update is refused where another came meanwhile. */
  previous: number | null;
  content: CoordinationContent;
  content_hash: string;
  plan_hash: string;
  agent_uuids: string[];
  /** Whether the draft was what is published here. */
  from_draft: boolean;
}

/** Points a coordination at its new version; undefined where it changed meanwhile. */
export async function pointAtVersion(key: CoordinationKey, published: PublishedColumns, session: ClientSession): Promise<Coordination | undefined> {
  const row = await CoordinationModel.findOneAndUpdate(
    {
      ...key,
      published_version: published.previous,
      state: { $ne: 'archived' },
      // A draft that somebody changed since it was compiled must not be dropped with this publication.
      ...(published.from_draft ? { draft: toJsonText(published.content) } : {}),
    },
    {
      $set: {
        ...contentColumns(published.content),
        published_version: published.version,
        content_hash: published.content_hash,
        plan_hash: published.plan_hash,
        state: 'ready',
        updated_at: new Date(),
        ...(published.from_draft ? { draft: null } : {}),
      },
      $addToSet: { agent_uuids: { $each: published.agent_uuids } },
    },
    { returnDocument: 'after', session },
  ).lean<CoordinationRow>();
  return row ? toCoordination(row) : undefined;
}

/** Coordinations whose published versions name an agent; at most ten. */
export async function coordinationsNaming(partition_key: string, agent_uuid: string, session: ClientSession): Promise<Array<Pick<Coordination, 'coordination_uuid' | 'coordination_name'>>> {
  const rows = await CoordinationModel
    .find({ partition_key, agent_uuids: agent_uuid }, { coordination_uuid: 1, coordination_name: 1 }, { session })
    .limit(10)
    .lean<CoordinationRow[]>();
  return rows.map(({ coordination_uuid, coordination_name }) => ({ coordination_uuid, coordination_name }));
}

/**
 * Marks a coordination as being deleted, so that a session that starts now sees it. Undefined where there is none, or
 * where another deletion marked it less than `ms` ago.
 */
export async function markDeleting(key: CoordinationKey, ms: number): Promise<Date | undefined> {
  const now = new Date();
  const until = new Date(now.getTime() + ms);
  const marked = await CoordinationModel.updateOne({ ...key, $or: [{ deleting_until: null }, { deleting_until: { $lte: now } }] }, { $set: { deleting_until: until } });
  return marked.matchedCount === 1 ? until : undefined;
}

export async function unmarkDeleting(key: CoordinationKey, deleting_until: Date): Promise<void> {
  await CoordinationModel.updateOne({ ...key, deleting_until }, { $set: { deleting_until: null } });
}

export async function deleteMarkedRow(key: CoordinationKey & { deleting_until: Date }, session: ClientSession): Promise<boolean> {
  const done = await CoordinationModel.deleteOne({ ...key }, { session });
  return done.deletedCount === 1;
}
