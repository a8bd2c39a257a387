import mongoose, { Schema } from 'mongoose';
import type { ClientSession } from 'mongoose';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { metadataIndex } from './metadata-index.ts';
import { findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { scoped } from './scope.ts';

export const AGENT_STATES = ['spawning', 'idle', 'working', 'paused', 'error', 'terminated'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What an author says of an agent. */
export interface AgentFields {
  agent_name: string;
  agent_type: string;
  role: string;
  instructions: string;
  /** `vendor/model`; null takes the project's default. */
  model: string | null;
  output_schema: Record<string, unknown> | null;
  tools: string[];
  capabilities: string[];
  config: Record<string, unknown>;
  domain: string | null;
  max_output_tokens: number | null;
  temperature: number | null;
  max_retries: number | null;
  /** As written: `10m`, `PT10M` or milliseconds. */
  timeout: string | number | null;
  metadata: Record<string, unknown>;
  tags: string[];
}

export interface Agent extends AgentFields {
  agent_uuid: string;
  partition_key: string;
  state: AgentState;
  /** Counts the changes, from 1. */
  version: number;
  created_at: Date;
  updated_at: Date;
}

interface AgentRow extends Omit<Agent, 'output_schema' | 'config' | 'metadata' | 'timeout'> {
  _id: string;
  output_schema: string | null;
  config: string;
  metadata: string;
  metadata_index: string[];
  timeout: string | null;
  /** Set by each publication that names the agent, so that a deletion at the same moment conflicts with it. */
  referenced_at: Date | null;
}

const schema = new Schema<AgentRow>({
  _id: { type: String, required: true },
  agent_uuid: { type: String, required: true },
  partition_key: { type: String, required: true },
  agent_name: { type: String, required: true },
  agent_type: { type: String, required: true },
  role: { type: String, required: true },
  instructions: { type: String, default: '' },
  model: { type: String, default: null },
  output_schema: { type: String, default: null },
  tools: { type: [String], required: true },
  capabilities: { type: [String], required: true },
  config: { type: String, required: true },
  domain: { type: String, default: null },
  max_output_tokens: { type: Number, default: null },
  temperature: { type: Number, default: null },
  max_retries: { type: Number, default: null },
  timeout: { type: String, default: null },
  metadata: { type: String, required: true },
  metadata_index: { type: [String], required: true },
  tags: { type: [String], required: true },
  state: { type: String, enum: AGENT_STATES, required: true },
  version: { type: Number, required: true },
  referenced_at: { type: Date, default: null },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true },
}, { collection: 'agents', versionKey: false });
schema.index({ partition_key: 1, agent_name: 1 }, { unique: true });
schema.index({ partition_key: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, agent_type: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, tags: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, capabilities: 1, created_at: 1, _id: 1 });
schema.index({ partition_key: 1, metadata_index: 1, created_at: 1, _id: 1 });
scoped(schema, 'Agent');

const AgentModel = mongoose.model('AgentModel', schema);

function toAgent({ _id, metadata_index, referenced_at, ...row }: AgentRow): Agent {
  return {
    ...row,
    output_schema: fromJsonText(row.output_schema),
    config: fromJsonText(row.config) ?? {},
    metadata: fromJsonText(row.metadata) ?? {},
    timeout: fromJsonText(row.timeout),
  };
}

function toColumns(fields: Partial<AgentFields>): Record<string, unknown> {
  const { output_schema, config, metadata, timeout, ...plain } = fields;
  return {
    ...plain,
    ...(output_schema === undefined ? {} : { output_schema: toJsonText(output_schema) }),
    ...(config === undefined ? {} : { config: toJsonText(config) }),
    ...(timeout === undefined ? {} : { timeout: toJsonText(timeout) }),
    ...(metadata === undefined ? {} : { metadata: toJsonText(metadata), metadata_index: metadataIndex(metadata) }),
  };
}

/** Undefined where the project has an agent of that name or that uuid already. */
export async function insertAgent(partition_key: string, agent_uuid: string, fields: AgentFields): Promise<Agent | undefined> {
  const now = new Date();
  const row = {
    ...toColumns(fields),
    _id: agent_uuid, agent_uuid, partition_key, state: 'idle', version: 1, referenced_at: null, created_at: now, updated_at: now,
  } as unknown as AgentRow;
  try {
    await AgentModel.create(row);
  } catch (error) {
    if (isDuplicateKey(error)) return undefined;
    throw error;
  }
  return toAgent(row);
}

export async function findAgent(partition_key: string, agent_uuid: string): Promise<Agent | undefined> {
  const row = await AgentModel.findOne({ partition_key, _id: agent_uuid }).lean<AgentRow>();
  return row ? toAgent(row) : undefined;
}

export async function findAgentByName(partition_key: string, agent_name: string): Promise<Agent | undefined> {
  const row = await AgentModel.findOne({ partition_key, agent_name }).lean<AgentRow>();
  return row ? toAgent(row) : undefined;
}

/** The agents of these uuids that the project has, in no order. */
export async function findAgentsByUuid(partition_key: string, agent_uuids: string[]): Promise<Agent[]> {
  const rows = await AgentModel.find({ partition_key, _id: { $in: [...new Set(agent_uuids)] } }).lean<AgentRow[]>();
  return rows.map(toAgent);
}

export type AgentFacts = Pick<Agent, 'agent_uuid' | 'agent_name' | 'agent_type' | 'model'>;

/** What a compilation asks of the agents that a definition names; unknown ones are left out. */
export async function findAgentFacts(partition_key: string, names: { agent_uuids: string[]; agent_names: string[] }): Promise<AgentFacts[]> {
  const rows = await AgentModel
    .find({ partition_key, $or: [{ _id: { $in: names.agent_uuids } }, { agent_name: { $in: names.agent_names } }] })
    .select({ agent_uuid: 1, agent_name: 1, agent_type: 1, model: 1 })
    .lean<AgentRow[]>();
  return rows.map(({ agent_uuid, agent_name, agent_type, model }) => ({ agent_uuid, agent_name, agent_type, model }));
}

export interface AgentFilter {
  agent_type?: string | undefined;
  role?: string | undefined;
  state?: string | undefined;
  tag?: string | undefined;
  capability?: string | undefined;
  agent_name?: string | undefined;
  created_after?: Date | undefined;
  /** Entries made by `metadataEntry`, all of which must be there. */
  metadata?: string[] | undefined;
}

export async function listAgents(partition_key: string, filter: AgentFilter, request: PageRequest): Promise<Page<Agent>> {
  const page = await findPage(AgentModel, {
    partition_key,
    ...(filter.agent_type === undefined ? {} : { agent_type: filter.agent_type }),
    ...(filter.role === undefined ? {} : { role: filter.role }),
    ...(filter.state === undefined ? {} : { state: filter.state }),
    ...(filter.tag === undefined ? {} : { tags: filter.tag }),
    ...(filter.capability === undefined ? {} : { capabilities: filter.capability }),
    ...(filter.agent_name === undefined ? {} : { agent_name: filter.agent_name }),
    ...(filter.created_after === undefined ? {} : { created_at: { $gt: filter.created_after } }),
    ...(filter.metadata === undefined || filter.metadata.length === 0 ? {} : { metadata_index: { $all: filter.metadata } }),
  }, request);
  return { rows: page.rows.map(toAgent), next: page.next };
}

export type AgentChange = { kind: 'changed'; agent: Agent } | { kind: 'missing' } | { kind: 'name_taken' } | { kind: 'outdated' };

/** Changes the named fields and counts the version; with `expected_version` only where nobody else did meanwhile. */
export async function updateAgent(
  key: { partition_key: string; agent_uuid: string; expected_version?: number | undefined },
  fields: Partial<AgentFields>,
): Promise<AgentChange> {
  const filter = { partition_key: key.partition_key, _id: key.agent_uuid };
  try {
    const row = await AgentModel.findOneAndUpdate(
      key.expected_version === undefined ? filter : { ...filter, version: key.expected_version },
      { $set: { ...toColumns(fields), updated_at: new Date() }, $inc: { version: 1 } },
      { returnDocument: 'after' },
    ).lean<AgentRow>();
    if (row) return { kind: 'changed', agent: toAgent(row) };
  } catch (error) {
    if (isDuplicateKey(error)) return { kind: 'name_taken' };
    throw error;
  }
  return (await AgentModel.exists(filter)) ? { kind: 'outdated' } : { kind: 'missing' };
}

export async function deleteAgentRow(partition_key: string, agent_uuid: string, session: ClientSession): Promise<boolean> {
  const done = await AgentModel.deleteOne({ partition_key, _id: agent_uuid }, { session });
  return done.deletedCount === 1;
}

/** Marks agents as named by a publication; gives how many of them still exist. */
export async function markAgentsReferenced(partition_key: string, agent_uuids: string[], session: ClientSession): Promise<number> {
  const done = await AgentModel.updateMany({ partition_key, _id: { $in: agent_uuids } }, { $set: { referenced_at: new Date() } }, { session });
  return done.matchedCount;
}
