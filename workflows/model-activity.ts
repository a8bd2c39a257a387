import { ActivityCancellationType, ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation, scheduleActivity } from '@temporalio/workflow';
import type { InstanceRef } from '../activities/services.ts';
import type { StepResult } from '../activities/step-result.ts';
import type { SchedulerEvent, TryAgain } from '../src/scheduler/events.ts';
import { STRETCH_MS } from '../src/scheduler/rest.ts';
import type { StepError } from '../src/scheduler/state.ts';

/** The slowest call, and room for what stands around it. */
const ONE_CALL = '11m';
/** The local model answers one call after another: waiting for one's turn is no failure. */
const LOCAL_STRETCH = '24h';

/** What the Temporal UI shows beside an activity. */
export const SUMMARY_CHARACTERS = 200;
/** Characters of an error's message that travel on. */
const LONGEST_MESSAGE = 1_000;

export interface StepToRun extends InstanceRef {
  name: string;
  local: boolean;
  task_queue: string;
}

/**
 * Starts a step's model call. Plain functions here and below, not `async` ones: the sandbox takes a stack trace for each
 * promise, which is what a plain step costs most.
 */
export function callModelActivity(step: StepToRun): Promise<StepResult> {
  const { name, local, task_queue, ...ref } = step;
  return scheduleActivity<StepResult>('callModel', [ref], {
    taskQueue: local ? `${task_queue}-local` : task_queue,
    summary: name.slice(0, SUMMARY_CHARACTERS),
    startToCloseTimeout: ONE_CALL,
    scheduleToCloseTimeout: local ? LOCAL_STRETCH : STRETCH_MS,
    // By default a cancel waits for the next throttled heartbeat; see the worker's heartbeat settings.
    heartbeatTimeout: '10s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  });
}

export function stepCompleted(instance: number, { usage, decision }: StepResult): SchedulerEvent {
  return { type: 'step_completed', instance, usage, ...(decision === undefined ? {} : { decision }) };
}

export function stepEnded(instance: number, failure: unknown): SchedulerEvent {
  return isCancellation(failure) ? { type: 'step_cancelled', instance } : { type: 'step_failed', instance, ...stepError(failure) };
}

/** The failure of an activity, as a step's. Only what the activity itself called final is not worth another try. */
export function stepError(failure: unknown): { error: StepError; again?: TryAgain } {
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  if (cause instanceof ApplicationFailure) {
    const error = { code: cause.type ?? 'internal', message: cause.message.slice(0, LONGEST_MESSAGE) };
    if (cause.nonRetryable === true) return { error };
    const after_ms = (cause.details?.[0] as { retry_after_ms?: unknown } | undefined)?.retry_after_ms;
    return { error, again: { tried: true, ...(typeof after_ms === 'number' ? { after_ms } : {}) } };
  }
  // The server puts the last try's failure behind the time-out; the SDK keeps it in the raw failure only.
  const last = cause instanceof TimeoutFailure ? cause.failure?.cause : undefined;
  const isQueued = cause instanceof TimeoutFailure && (cause.timeoutType === 'SCHEDULE_TO_CLOSE' || cause.timeoutType === 'SCHEDULE_TO_START');
  const again = { tried: !isQueued || (last ?? null) !== null };
  if (last?.applicationFailureInfo?.type) return { error: { code: last.applicationFailureInfo.type, message: (last.message ?? '').slice(0, LONGEST_MESSAGE) }, again };
  const message = last?.message ?? (cause instanceof Error ? cause.message : String(cause));
  return { error: { code: 'step.timeout', message: `The step did not answer in time: ${message}`.slice(0, LONGEST_MESSAGE) }, again };
}
