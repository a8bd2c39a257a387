import { ApplicationFailure } from '@temporalio/common';
import { EngineError } from '../../src/errors.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';
import { appendEvents } from '../../src/records/append-events.ts';
import { countFailure, type FailureClass } from '../../src/records/call.ts';
import { isMongoAway } from '../../src/records/is-mongo-away.ts';
import { superseded, toFailure } from '../failure.ts';
import { callKey } from './make-call.ts';
import { holdsStep, type OpenedStep } from './open-step.ts';

/** Retries by class of error; a vendor that is busy or away is tried until the step's time is up. */
const RETRIES: Record<FailureClass, number> = { provider: Number.POSITIVE_INFINITY, stream_cut: 2, other: 2 };
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

const CLASSES: Partial<Record<ProviderError['code'], FailureClass>> = {
  'provider.stream_cut': 'stream_cut',
  'provider.idle': 'stream_cut',
  'provider.deadline': 'other',
};

/** Decides, from what this call has met before, whether a failure is tried again and when. */
export async function stepFailure(error: unknown, at: Pick<OpenedStep, 'agent' | 'fence'> & { repair: number }): Promise<ApplicationFailure> {
  if (error instanceof EngineError || isMongoAway(error)) return toFailure(error);
  const known = error instanceof ProviderError;
  const type = known ? error.code : 'step.failed';
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
  if (known && !error.retryable) return ApplicationFailure.create({ type, message, nonRetryable: true });

  // A later attempt has counts of its own to keep, and the step its end.
  if (!(await holdsStep(at))) return superseded();
  const kind: FailureClass = known ? (CLASSES[error.code] ?? 'provider') : 'other';
  const { agent } = at;
  const failures = await countFailure({ partition_key: agent.partition_key, session_uuid: agent.session_uuid, call_key: callKey(agent._id, at.repair) }, { class: kind, error: `${type}: ${message}` });
  if (failures[kind] > RETRIES[kind]) return ApplicationFailure.create({ type, message, nonRetryable: true });

  const backoff = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures[kind] - 1)) * (0.5 + Math.random() / 2);
  const wish = known ? error.retry_after_ms : null;
  // A delay of nothing is one with which the server tries no more.
  const delay = wish === null ? Math.round(backoff) : Math.max(FIRST_DELAY_MS, wish);
  await appendEvents(agent, [
    {
      event_type: 'agent.retrying',
      event_key: `agent.retrying/${agent._id}/${at.repair}/${kind}/${failures[kind]}`,
      source_agent_id: agent.agent_uuid,
      source_component: 'worker',
      data: { session_agent_uuid: agent._id, agent_name: agent.agent_name, code: type, failures: failures[kind], next_in_ms: delay },
      message: `${agent.agent_name} will try again: ${message}`,
    },
  ]);
  // The server gives up at once where the delay outlasts this stretch of tries; the workflow then waits as long.
  return ApplicationFailure.create({ type, message, nextRetryDelay: delay, ...(wish === null ? {} : { details: [{ retry_after_ms: delay }] }) });
}
