import { ActivityCancellationType, ActivityFailure, ApplicationFailure, isCancellation, scheduleActivity } from '@temporalio/workflow';
import type { InstanceRef } from '../activities/services.ts';
import type { StepResult } from '../activities/step-result.ts';
import type { SchedulerEvent } from '../src/scheduler/events.ts';
import type { StepError } from '../src/scheduler/state.ts';

/** The slowest call, and room for what stands around it. */
const ONE_CALL = '11m';
/** After this time of failures the step rests in `provider_wait`. */
const ONE_STRETCH = '15m';
/** The local model answers one call after another: waiting for one's turn is no failure. */
const LOCAL_STRETCH = '24h';

export interface StepToRun extends InstanceRef {
  instance: number;
  name: string;
  local: boolean;
  task_queue: string;
}

/** Runs a step's model call; whatever becomes of it is an event. Never rejects. */
export async function runModelStep(step: StepToRun): Promise<SchedulerEvent> {
  const { instance, name, local, task_queue, ...ref } = step;
  const input: InstanceRef = { partition_key: ref.partition_key, session_uuid: ref.session_uuid, node: ref.node, subtask_index: ref.subtask_index };
  try {
    const result = await scheduleActivity<StepResult>('callModel', [input], {
      taskQueue: local ? `${task_queue}-local` : task_queue,
      summary: name.slice(0, 200),
      startToCloseTimeout: ONE_CALL,
      scheduleToCloseTimeout: local ? LOCAL_STRETCH : ONE_STRETCH,
      // By default a cancel waits for the next throttled heartbeat; see the worker's heartbeat settings.
      heartbeatTimeout: '10s',
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
    });
    return { type: 'step_completed', instance, usage: result.usage, ...(result.decision === undefined ? {} : { decision: result.decision }) };
  } catch (error) {
    if (isCancellation(error)) return { type: 'step_cancelled', instance };
    const told = stepError(error);
    return { type: 'step_failed', instance, error: told.error, provider_away: told.away };
  }
}

/** The failure of a record activity, as a step's. */
export function stepError(failure: unknown): { error: StepError; away: boolean } {
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  if (cause instanceof ApplicationFailure) {
    const code = cause.type ?? 'internal';
    // Final failures are the activity's own word; any other ended only because its time was up.
    const away = cause.nonRetryable !== true && (code.startsWith('provider.') || code.startsWith('unavailable.'));
    return { error: { code, message: cause.message.slice(0, 1_000) }, away };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { error: { code: 'step.timeout', message: `The step did not answer in time: ${message}`.slice(0, 1_000) }, away: true };
}
