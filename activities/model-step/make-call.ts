import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import canonicalize from 'canonicalize';
import { costUsd } from '../../src/providers/price.ts';
import type { ModelRequest, ModelResponse } from '../../src/providers/provider.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';
import type { ResolvedModel } from '../../src/providers/resolve-model.ts';
import { deriveUuid } from '../../src/records/derive-uuid.ts';
import { isDuplicateKey } from '../../src/records/is-duplicate-key.ts';
import { storeText } from '../../src/records/output.ts';
import type { SessionAgentRow } from '../../src/records/session-agent.ts';
import type { SessionHeader } from '../../src/records/session-header.ts';
import { SessionRunModel, type SessionRunRow } from '../../src/records/session-run.ts';
import type { Services } from '../services.ts';
import { inCallSpan } from './call-span.ts';
import { chunkWriter } from './chunk-writer.ts';

/** Longest single call, from its request to its finish marker. */
export const CALL_TIME_MS = 600_000;
/** Longest silence of a call; keep-alive bytes do not count as talk. */
const IDLE_MS = 60_000;
const NANO = 1e9;

export interface CallToMake {
  header: SessionHeader;
  agent: SessionAgentRow;
  resolved: ResolvedModel;
  request: ModelRequest;
  /** The new message, as it stands in the thread. */
  text: string;
  previous_run_uuid: string | null;
  /** 0 for the first answer, then the number of the repair turn. */
  repair: number;
  /** How often this call has been begun, this time included. */
  attempts: number;
}

export function callKey(session_agent_uuid: string, repair: number): string {
  return `${session_agent_uuid}/0/0/${repair}`;
}

/**
 * Makes one model call, or reads its answer where an earlier attempt stored one: of the same request, for what a step
 * reads may have become another since. Throws what the provider throws.
 */
export async function makeCall(services: Services, call: CallToMake): Promise<SessionRunRow> {
  const { agent, resolved } = call;
  const { partition_key, session_uuid } = agent;
  const call_key = callKey(agent._id, call.repair);
  const request_hash = createHash('sha256').update(canonicalize(call.request) ?? '').digest('hex');
  const run_uuid = deriveUuid(session_uuid, `${partition_key}/run/${call_key}/${request_hash}`);
  const { attempts } = call;
  if (attempts > 1) {
    const stored = await SessionRunModel.findOne({ _id: run_uuid, partition_key }).lean<SessionRunRow>();
    if (stored !== null) return stored;
  }
  const chunks = chunkWriter({ partition_key, session_uuid, session_agent_uuid: agent._id, attempt: attempts }, services.log);
  const started = performance.now();
  let response: ModelResponse;
  try {
    response = await inCallSpan({ vendor: resolved.vendor, model: resolved.model, session_agent_uuid: agent._id }, () => resolved.provider.call(call.request, {
      signal: Context.current().cancellationSignal,
      deadline_ms: CALL_TIME_MS,
      attempt: attempts,
      credentials: resolved.credentials,
      on_text: (text) => chunks.write(text),
      idle_timeout_ms: IDLE_MS,
    }));
  } catch (error) {
    const outcome = error instanceof ProviderError ? error.code : Context.current().cancellationSignal.aborted ? 'cancelled' : 'error';
    observe(services, call, { outcome, started });
    throw error;
  } finally {
    await chunks.close();
  }
  const cost = costUsd(resolved.vendor, response.model, response.usage);
  const cost_nano_usd = cost === null ? null : Math.round(Number(cost) * NANO);
  observe(services, call, { outcome: response.finish_reason, started, response, cost_nano_usd });
  const [input, output] = await Promise.all([
    storeText({ partition_key, session_uuid, output_uuid: deriveUuid(session_uuid, `${run_uuid}/request`) }, call.text),
    storeText({ partition_key, session_uuid, output_uuid: deriveUuid(session_uuid, `${run_uuid}/response`) }, response.text),
  ]);
  return insertRun({
    _id: run_uuid,
    partition_key,
    session_uuid,
    coordination_uuid: agent.coordination_uuid,
    session_agent_uuid: agent._id,
    agent_uuid: agent.agent_uuid,
    thread_uuid: agent.thread_uuid,
    async_task_uuid: null,
    call_key,
    previous_run_uuid: call.previous_run_uuid,
    vendor: resolved.vendor,
    model: `${resolved.vendor}/${resolved.model}`,
    answered_by: response.model,
    request_hash,
    request_text: input.text,
    request_ref: input.ref,
    response_text: output.text,
    response_ref: output.ref,
    finish_reason: response.finish_reason,
    usage: response.usage,
    cost_nano_usd,
    latency_ms: Math.round(performance.now() - started),
    attempt: attempts,
    vendor_request_id: response.request_id,
    trace_id: call.header.trace_id,
    created_at: new Date(),
  });
}

/** First stored wins: a second answer of the same call is dropped for the one that is there. */
async function insertRun(row: SessionRunRow): Promise<SessionRunRow> {
  try {
    // The driver's own insert: the row was made here, and mongoose's casting costs as much as the write.
    // One acknowledgement will do: the step's end, written after it, waits for a majority, which then has both.
    await SessionRunModel.collection.insertOne(row as never, { writeConcern: { w: 1 } });
    return row;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const stored = await SessionRunModel.findOne({ _id: row._id, partition_key: row.partition_key }).lean<SessionRunRow>();
    if (stored === null) throw error;
    return stored;
  }
}

function observe(services: Services, call: CallToMake, seen: { outcome: string; started: number; response?: ModelResponse; cost_nano_usd?: number | null }): void {
  const { agent, header, resolved, attempts } = call;
  const told = {
    vendor: resolved.vendor,
    model: resolved.model,
    outcome: seen.outcome,
    seconds: (performance.now() - seen.started) / 1_000,
    input_tokens: seen.response?.usage.input_tokens ?? 0,
    output_tokens: seen.response?.usage.output_tokens ?? 0,
  };
  services.metrics.modelCalled({ ...told, cost_nano_usd: seen.cost_nano_usd ?? 0 });
  const of = { session_uuid: agent.session_uuid, session_agent_uuid: agent._id, agent_uuid: agent.agent_uuid, agent_name: agent.agent_name, trace_id: header.trace_id };
  services.log[seen.response === undefined && seen.outcome !== 'cancelled' ? 'warn' : 'info']({ ...of, ...told, attempt: attempts }, 'model call');
}
