import mongoose, { Schema } from 'mongoose';
import { isDuplicateKey } from './is-duplicate-key.ts';
import { scoped } from './scope.ts';

export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;
/** A holder renews its claim while it works; a claim this old belongs to a process that died. */
export const CLAIM_TTL_MS = 60_000;

export interface StoredAnswer {
  status: number;
  /** The answer's JSON text, sealed where it holds a secret. */
  body: string;
}

/** What was answered to a request with an `Idempotency-Key`, so that a repetition is answered and not carried out again. */
export interface IdempotencyKeyRow {
  partition_key: string;
  idempotency_key: string;
  /** SHA-256 over operation and input. */
  request_hash: string;
  /** Identifier for what the request creates; a later try after a crash finds it by this. */
  resource_uuid: string;
  /** Names the try that may write the answer. */
  claim: string;
  claimed_until: Date;
  answer_status: number | null;
  answer_body: string | null;
  expires_at: Date;
}

const schema = new Schema<IdempotencyKeyRow>({
  partition_key: { type: String, required: true },
  idempotency_key: { type: String, required: true },
  request_hash: { type: String, required: true },
  resource_uuid: { type: String, required: true },
  claim: { type: String, required: true },
  claimed_until: { type: Date, required: true },
  answer_status: { type: Number, default: null },
  answer_body: { type: String, default: null },
  expires_at: { type: Date, required: true },
}, { collection: 'idempotency_keys', versionKey: false });
schema.index({ partition_key: 1, idempotency_key: 1 }, { unique: true });
schema.index({ expires_at: 1 }, { expireAfterSeconds: 0 });
scoped(schema, 'IdempotencyKey');

const IdempotencyKeyModel = mongoose.model('IdempotencyKeyModel', schema);

export interface ClaimRequest {
  partition_key: string;
  idempotency_key: string;
  request_hash: string;
  resource_uuid: string;
  claim: string;
}

export type ClaimResult =
  | { kind: 'claimed'; resource_uuid: string }
  | { kind: 'answered'; answer: StoredAnswer }
  | { kind: 'mismatch' }
  | { kind: 'in_progress' };

/** Claims a key for one try. Of several at once exactly one gets `claimed`; a dead holder's claim passes on with its `resource_uuid`. */
export async function claimIdempotencyKey(request: ClaimRequest): Promise<ClaimResult> {
  const { partition_key, idempotency_key } = request;
  const now = new Date();
  const fresh = {
    ...request,
    claimed_until: new Date(now.getTime() + CLAIM_TTL_MS),
    answer_status: null,
    answer_body: null,
    expires_at: new Date(now.getTime() + IDEMPOTENCY_TTL_MS),
  };
  // MongoDB removes expired rows once a minute; until then they do not count.
  await IdempotencyKeyModel.deleteOne({ partition_key, idempotency_key, expires_at: { $lte: now } });
  try {
    await IdempotencyKeyModel.create(fresh);
    return { kind: 'claimed', resource_uuid: request.resource_uuid };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const held = await IdempotencyKeyModel.findOne({ partition_key, idempotency_key }).lean<IdempotencyKeyRow>();
  // Released between the two reads: the caller's next try gets it.
  if (!held) return { kind: 'in_progress' };
  if (held.request_hash !== request.request_hash) return { kind: 'mismatch' };
  if (held.answer_status !== null) return { kind: 'answered', answer: { status: held.answer_status, body: held.answer_body ?? 'null' } };
  if (held.claimed_until.getTime() > now.getTime()) return { kind: 'in_progress' };
  const taken = await IdempotencyKeyModel.updateOne(
    { partition_key, idempotency_key, claim: held.claim, answer_status: null },
    { $set: { claim: request.claim, claimed_until: fresh.claimed_until } },
  );
  return taken.modifiedCount === 1 ? { kind: 'claimed', resource_uuid: held.resource_uuid } : { kind: 'in_progress' };
}

type Held = Pick<ClaimRequest, 'partition_key' | 'idempotency_key' | 'claim'>;

export async function renewIdempotencyClaim({ partition_key, idempotency_key, claim }: Held): Promise<void> {
  await IdempotencyKeyModel.updateOne({ partition_key, idempotency_key, claim }, { $set: { claimed_until: new Date(Date.now() + CLAIM_TTL_MS) } });
}

export async function storeIdempotentAnswer({ partition_key, idempotency_key, claim }: Held, answer: StoredAnswer): Promise<void> {
  await IdempotencyKeyModel.updateOne(
    { partition_key, idempotency_key, claim },
    { $set: { answer_status: answer.status, answer_body: answer.body } },
  );
}

/** Ends a try that was cut off half-way: the next one takes it up with its `resource_uuid`. */
export async function handOnIdempotencyClaim({ partition_key, idempotency_key, claim }: Held): Promise<void> {
  await IdempotencyKeyModel.updateOne({ partition_key, idempotency_key, claim, answer_status: null }, { $set: { claimed_until: new Date() } });
}

/** Forgets a try that carried nothing out, so that the caller may repair the request and use the key again. */
export async function releaseIdempotencyKey({ partition_key, idempotency_key, claim }: Held): Promise<void> {
  await IdempotencyKeyModel.deleteOne({ partition_key, idempotency_key, claim, answer_status: null });
}
