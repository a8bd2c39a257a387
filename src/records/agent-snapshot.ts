import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { LRUCache } from 'lru-cache';
import mongoose, { Schema } from 'mongoose';
import { EngineError } from '../errors.ts';
import { scoped } from './scope.ts';

/** An agent as a session pinned it: a later change of the agent does not reach sessions that run. */
export interface PinnedAgent {
  agent_uuid: string;
  agent_name: string;
  agent_type: string;
  instructions: string;
  /** `vendor/model`, resolved: never null. */
  model: string;
  output_schema: Record<string, unknown> | null;
  config: Record<string, unknown>;
  max_output_tokens: number | null;
  temperature: number | null;
}

interface SnapshotRow {
  /** `<partition_key>/<hash>`. */
  _id: string;
  partition_key: string;
  /** Its model, to be found without reading the rest. */
  model: string;
  agent_json: string;
  created_at: Date;
}

const schema = new Schema<SnapshotRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    model: { type: String, required: true },
    agent_json: { type: String, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'agent_snapshots', versionKey: false },
);
scoped(schema, 'AgentSnapshot');
schema.index({ partition_key: 1 });
const AgentSnapshotModel = mongoose.model<SnapshotRow>('AgentSnapshot', schema);

const cache = new LRUCache<string, PinnedAgent>({ max: 2_000, maxSize: 64 * 1024 * 1024 });

/** Stores agents by their content; answers the hash of each, in order. */
export async function pinAgents(partition_key: string, agents: PinnedAgent[]): Promise<string[]> {
  const rows = new Map<string, Pick<SnapshotRow, 'model' | 'agent_json'>>();
  const hashes = agents.map((agent) => {
    const agent_json = canonicalize(agent)!;
    const hash = createHash('sha256').update(agent_json).digest('hex');
    rows.set(hash, { model: agent.model, agent_json });
    return hash;
  });
  const created_at = new Date();
  // Most sessions pin what an earlier one has pinned: a read of ids costs a tenth of the writes.
  const known = await AgentSnapshotModel.find({ _id: { $in: [...rows.keys()].map((hash) => `${partition_key}/${hash}`) }, partition_key }).select({ _id: 1 }).lean<Array<Pick<SnapshotRow, '_id'>>>();
  for (const { _id } of known) rows.delete(_id.slice(partition_key.length + 1));
  const all = [...rows];
  for (let at = 0; at < all.length; at += 500) {
    await AgentSnapshotModel.bulkWrite(
      all.slice(at, at + 500).map(([hash, row]) => ({
        updateOne: {
          filter: { _id: `${partition_key}/${hash}`, partition_key },
          update: { $setOnInsert: { ...row, created_at } },
          upsert: true,
        },
      })),
      { ordered: false },
    );
  }
  return hashes;
}

/** The pinned agent of a hash; cached, since it never changes. */
export async function loadPinnedAgent(partition_key: string, hash: string): Promise<PinnedAgent> {
  const key = `${partition_key}/${hash}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const row = await AgentSnapshotModel.findOne({ _id: key, partition_key }).lean<SnapshotRow>();
  if (row === null) throw new EngineError('session.internal', `The pinned agent ${hash} of the session is gone.`);
  const agent = JSON.parse(row.agent_json) as PinnedAgent;
  cache.set(key, agent, { size: Math.max(1, row.agent_json.length) });
  return agent;
}

/** Which of these pinned agents run on the local model. One read for all: a session may have 10,000. */
export async function localSnapshots(partition_key: string, hashes: Iterable<string>): Promise<Set<string>> {
  const ids = [...new Set(hashes)].map((hash) => `${partition_key}/${hash}`);
  const rows = await AgentSnapshotModel.find({ _id: { $in: ids }, partition_key, model: /^local\// }).select({ _id: 1 }).lean<Array<Pick<SnapshotRow, '_id'>>>();
  return new Set(rows.map(({ _id }) => _id.slice(partition_key.length + 1)));
}
