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
  agent_json: string;
  created_at: Date;
}

const schema = new Schema<SnapshotRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    agent_json: { type: String, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'agent_snapshots', versionKey: false },
);
scoped(schema, 'AgentSnapshot');
const AgentSnapshotModel = mongoose.model<SnapshotRow>('AgentSnapshot', schema);

const cache = new LRUCache<string, PinnedAgent>({ max: 2_000, maxSize: 64 * 1024 * 1024 });

/** Stores agents by their content; answers the hash of each, in order. */
export async function pinAgents(partition_key: string, agents: PinnedAgent[]): Promise<string[]> {
  const texts = new Map<string, string>();
  const hashes = agents.map((agent) => {
    const text = canonicalize(agent)!;
    const hash = createHash('sha256').update(text).digest('hex');
    texts.set(hash, text);
    return hash;
  });
  const created_at = new Date();
  const all = [...texts];
  for (let at = 0; at < all.length; at += 500) {
    await AgentSnapshotModel.bulkWrite(
      all.slice(at, at + 500).map(([hash, agent_json]) => ({
        updateOne: {
          filter: { _id: `${partition_key}/${hash}`, partition_key },
          update: { $setOnInsert: { agent_json, created_at } },
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
