import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import mongoose, { Schema } from 'mongoose';
import type { ClientSession } from 'mongoose';
import { EngineError } from '../errors.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import type { Plan } from '../plan/plan.ts';
import { scoped } from './scope.ts';

/** Largest plan, in bytes of JSON; a MongoDB document holds 16 MB. */
export const MAX_PLAN_BYTES = 15 * 1024 * 1024;

interface PlanRow {
  /** `<partition_key>/<plan_hash>`. */
  _id: string;
  partition_key: string;
  plan_hash: string;
  plan_json: string;
  created_at: Date;
}

const schema = new Schema<PlanRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    plan_hash: { type: String, required: true },
    plan_json: { type: String, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'plans', versionKey: false },
);
scoped(schema, 'Plan');
schema.index({ partition_key: 1 });
const PlanModel = mongoose.model<PlanRow>('Plan', schema);

const cache = new LRUCache<string, Plan>({ max: 500, maxSize: 128 * 1024 * 1024 });

interface HashedPlan {
  plan_hash: string;
  plan_json: string;
}

/** The identity of a plan, the hash of its canonical JSON. Errors: `definition.invalid` where it is too large to be kept. */
export function hashOfPlan(plan: Plan): string {
  return hashed(plan).plan_hash;
}

function hashed(plan: Plan): HashedPlan {
  const plan_json = canonicalJson(plan);
  const bytes = Buffer.byteLength(plan_json);
  if (bytes > MAX_PLAN_BYTES) {
    throw new EngineError('definition.invalid', `The definition compiles to ${bytes} bytes; at most ${MAX_PLAN_BYTES} are taken. Move long instructions into registered agents.`);
  }
  return { plan_json, plan_hash: createHash('sha256').update(plan_json).digest('hex') };
}

/** Stores a plan under its hash; the same plan is stored once. */
export async function storePlan(partition_key: string, plan: Plan, session?: ClientSession): Promise<string> {
  const { plan_hash, plan_json } = hashed(plan);
  await PlanModel.updateOne(
    { _id: `${partition_key}/${plan_hash}`, partition_key },
    { $setOnInsert: { plan_hash, plan_json, created_at: new Date() } },
    { upsert: true, ...(session === undefined ? {} : { session }) },
  );
  return plan_hash;
}

/** The plan of a hash; cached, since it never changes. */
export async function loadPlan(partition_key: string, plan_hash: string): Promise<Plan> {
  const key = `${partition_key}/${plan_hash}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const row = await PlanModel.findOne({ _id: key, partition_key }).lean<PlanRow>();
  if (row === null) throw new EngineError('session.internal', `The plan ${plan_hash} is gone.`);
  const plan = JSON.parse(row.plan_json) as Plan;
  cache.set(key, plan, { size: row.plan_json.length });
  return plan;
}
