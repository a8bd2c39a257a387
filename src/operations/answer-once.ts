import { createHash, randomUUID } from 'node:crypto';
import type { Problem } from '../errors.ts';
import { EngineError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import {
  CLAIM_TTL_MS, claimIdempotencyKey, handOnIdempotencyClaim, releaseIdempotencyKey, renewIdempotencyClaim, storeIdempotentAnswer,
} from '../records/idempotency-key.ts';
import type { OperationContext } from './context.ts';
import type { Operation } from './operation.ts';
import type { Answer } from './run-operation.ts';
import { seal, unseal } from './seal.ts';
import { toEngineError } from './to-engine-error.ts';

interface Kept {
  output?: unknown;
  error?: { code: ErrorCode; detail: string; errors: Problem[]; extra: Record<string, unknown> };
}

interface Once {
  operation: Operation;
  context: OperationContext;
  input: unknown;
  key: string;
  seal_with: string | undefined;
}

/**
 * Carries a request out once for its Idempotency-Key: a repetition gets the kept answer, also an error that came after
 * something was carried out. A refusal before that is forgotten; where a service went away in between, the next try
 * takes up what this one began. Errors: `idempotency.mismatch`, `idempotency.in_progress`.
 */
export async function answerOnce({ operation, context, input, key, seal_with }: Once, act: () => Promise<Answer>): Promise<Answer> {
  const held = { partition_key: context.project.partition_key, idempotency_key: key, claim: randomUUID() };
  const request_hash = hashOf(operation, input as Record<string, unknown>);
  const sealing = operation.secret_output === true ? (seal_with ?? context.caller.api_key_uuid) : undefined;

  const claimed = await claimIdempotencyKey({ ...held, request_hash, resource_uuid: context.resource_uuid });
  if (claimed.kind === 'mismatch') {
    throw new EngineError('idempotency.mismatch', 'This Idempotency-Key was used with another request; send a new key with a new request.');
  }
  if (claimed.kind === 'in_progress') {
    throw new EngineError('idempotency.in_progress', 'A request with this Idempotency-Key is still in flight; send it again in a moment.');
  }
  if (claimed.kind === 'answered') return replay(claimed.answer, sealing);

  context.resource_uuid = claimed.resource_uuid;
  let acted = false;
  context.acted = () => { acted = true; };
  const renewal = setInterval(() => {
    renewIdempotencyClaim(held).catch((error: unknown) => context.log.warn({ err: error }, 'an idempotency claim could not be renewed'));
  }, CLAIM_TTL_MS / 3);
  let answer: Answer;
  try {
    answer = await act();
  } catch (error) {
    const known = toEngineError(error);
    const { code, message: detail, errors, extra } = known;
    if (acted && code.startsWith('unavailable.')) await settle(context, () => handOnIdempotencyClaim(held));
    else await settle(context, acted ? () => keep(held, known.status, { error: { code, detail, errors, extra } }, sealing) : () => releaseIdempotencyKey(held));
    throw error;
  } finally {
    clearInterval(renewal);
  }
  await settle(context, () => keep(held, answer.status, { output: answer.output ?? null }, sealing));
  return answer;
}

/** What is done counts, not whether its answer could be kept: the claim runs out, and the next try finds what this one made. */
async function settle(context: OperationContext, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    context.log.warn({ err: error }, 'the answer to an Idempotency-Key could not be kept');
  }
}

/** How long a caller waits (the query) does not make it another request. */
function hashOf(operation: Operation, input: Record<string, unknown>): string {
  const sent = Object.fromEntries(Object.entries(input).filter(([field]) => !operation.query?.includes(field)));
  return createHash('sha256').update(canonicalJson({ operation: operation.name, input: sent })).digest('hex');
}

async function keep(held: Parameters<typeof storeIdempotentAnswer>[0], status: number, kept: Kept, sealing: string | undefined): Promise<void> {
  const text = JSON.stringify(kept);
  await storeIdempotentAnswer(held, { status, body: sealing === undefined ? text : seal(text, sealing) });
}

function replay(answer: { status: number; body: string }, sealing: string | undefined): Answer {
  const text = sealing === undefined ? answer.body : unseal(answer.body, sealing);
  if (text === undefined) {
    throw new EngineError('idempotency.mismatch', 'This Idempotency-Key was used with another API key; send a new one.');
  }
  const kept = JSON.parse(text) as Kept;
  if (kept.error) throw new EngineError(kept.error.code, kept.error.detail, kept.error);
  return { status: answer.status, output: kept.output };
}
