import mongoose, { Schema } from 'mongoose';
import { v7 } from 'uuid';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { partitionKey } from './partition-key.ts';

export const DEFAULT_PROJECT = 'default';

/** The tenant. Not scoped by a partition key: it is what gives the key. */
export interface ProjectRow {
  _id: string;
  project_uuid: string;
  /** Immutable; unique in the deployment. */
  name: string;
  description: string | null;
  endpoint_id: string;
  partition_key: string;
  /** `vendor/model` for agents without one. */
  default_model: string | null;
  metadata: string;
  created_at: Date;
  updated_at: Date;
}

export interface Project extends Omit<ProjectRow, '_id' | 'metadata'> {
  is_default: boolean;
  metadata: Record<string, unknown>;
}

const schema = new Schema<ProjectRow>({
  _id: { type: String, required: true },
  project_uuid: { type: String, required: true },
  name: { type: String, required: true },
  description: { type: String, default: null },
  endpoint_id: { type: String, required: true },
  partition_key: { type: String, required: true },
  default_model: { type: String, default: null },
  metadata: { type: String, required: true },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true },
}, { collection: 'projects', versionKey: false });
schema.index({ partition_key: 1 }, { unique: true });
schema.index({ endpoint_id: 1, created_at: 1, _id: 1 });

const ProjectModel = mongoose.model('ProjectModel', schema);

function toProject({ _id, metadata, ...row }: ProjectRow): Project {
  return { ...row, metadata: fromJsonText(metadata) ?? {}, is_default: row.name === DEFAULT_PROJECT };
}

export interface NewProject {
  project_uuid: string;
  name: string;
  description?: string | null | undefined;
  default_model?: string | null | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** Undefined where the name is taken by another project. */
export async function insertProject(endpoint_id: string, given: NewProject): Promise<Project | undefined> {
  const now = new Date();
  const row: ProjectRow = {
    _id: given.project_uuid,
    project_uuid: given.project_uuid,
    name: given.name,
    description: given.description ?? null,
    endpoint_id,
    partition_key: partitionKey(endpoint_id, given.name),
    default_model: given.default_model ?? null,
    metadata: toJsonText(given.metadata ?? {}) ?? '{}',
    created_at: now,
    updated_at: now,
  };
  try {
    await ProjectModel.create(row);
  } catch (error) {
    if (isDuplicateKey(error)) return undefined;
    throw error;
  }
  return toProject(row);
}

/** The deployment's first project, made where it is missing. */
export async function ensureDefaultProject(endpoint_id: string): Promise<Project> {
  const partition_key = partitionKey(endpoint_id, DEFAULT_PROJECT);
  const found = await ProjectModel.findOne({ partition_key }).lean<ProjectRow>();
  if (found) return toProject(found);
  const made = await insertProject(endpoint_id, { project_uuid: v7(), name: DEFAULT_PROJECT });
  if (made) return made;
  const other = await ProjectModel.findOne({ partition_key }).lean<ProjectRow>().orFail();
  return toProject(other);
}

/** Changes the given fields. Undefined where there is no such project. */
export async function updateProject(project_uuid: string, given: Pick<Partial<NewProject>, 'description' | 'default_model' | 'metadata'>): Promise<Project | undefined> {
  const { metadata, ...plain } = given;
  const fields = Object.fromEntries(Object.entries({ ...plain, ...(metadata === undefined ? {} : { metadata: toJsonText(metadata) }) }).filter(([, value]) => value !== undefined));
  const row = await ProjectModel.findOneAndUpdate({ _id: project_uuid }, { $set: { ...fields, updated_at: new Date() } }, { returnDocument: 'after' }).lean<ProjectRow>();
  return row ? toProject(row) : undefined;
}

export async function findProject(project_uuid: string): Promise<Project | undefined> {
  const row = await ProjectModel.findById(project_uuid).lean<ProjectRow>();
  return row ? toProject(row) : undefined;
}

export async function findProjectByName(endpoint_id: string, name: string): Promise<Project | undefined> {
  const row = await ProjectModel.findOne({ partition_key: partitionKey(endpoint_id, name) }).lean<ProjectRow>();
  return row ? toProject(row) : undefined;
}

export async function findProjectByPartition(partition_key: string): Promise<Project | undefined> {
  const row = await ProjectModel.findOne({ partition_key }).lean<ProjectRow>();
  return row ? toProject(row) : undefined;
}

export async function listProjects(endpoint_id: string, request: PageRequest): Promise<Page<Project>> {
  const page = await findPage(ProjectModel, { endpoint_id }, request);
  return { rows: page.rows.map(toProject), next: page.next };
}

export async function deleteProject(project_uuid: string): Promise<void> {
  await ProjectModel.deleteOne({ _id: project_uuid });
}

/** What goes with its project: keys, stored answers, and contents that nothing else names once the rest is gone. */
const GOES_ALONG = ['ApiKeyModel', 'IdempotencyKeyModel', 'StreamTokenModel', 'Plan', 'AgentSnapshot', 'TextChunk'];

/** Deletes what goes with a project. */
export async function deleteWhatGoesAlong(partition_key: string): Promise<void> {
  for (const name of GOES_ALONG) await mongoose.models[name]?.deleteMany({ partition_key });
}

/** Names of the collections in which a project holds something; what goes with it does not count. */
export async function whatProjectHolds(partition_key: string): Promise<string[]> {
  const own = new Set(['ProjectModel', ...GOES_ALONG]);
  const models = Object.values(mongoose.models).filter((model) => !own.has(model.modelName) && model.schema.path('partition_key') !== undefined);
  const held = await Promise.all(models.map((model) => model.exists({ partition_key })));
  return models.filter((_, at) => held[at] !== null).map((model) => model.collection.name).sort();
}
