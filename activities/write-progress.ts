import { Context } from '@temporalio/activity';
import { appendEvents, type NewEvent } from '../src/records/append-events.ts';
import { sessionAgentUuid } from '../src/records/derive-uuid.ts';
import { OPEN_AGENT_STATES, SessionAgentModel } from '../src/records/session-agent.ts';
import { OPEN_SESSION_STATUSES, SessionModel, sessionId } from '../src/records/session.ts';
import type { StepError } from '../src/scheduler/state.ts';
import type { RecordedState } from '../src/scheduler/commands.ts';
import { claimRun } from './claim-run.ts';
import { toFailure } from './failure.ts';
import type { Services, SessionRef } from './services.ts';

/** States in one write of progress; a workflow task stays small. */
export interface Progress extends SessionRef {
  /** Set where the session's own status changed. */
  status?: 'in_progress' | 'wait_for_user_input' | 'paused';
  /** Numbers the writes of a session: a repeated one tells its change of status once, one that comes late overwrites nothing. */
  change: number;
  iteration_count: number;
  usage: { input_tokens: number; output_tokens: number; cost_nano_usd: number };
  records: ProgressRecord[];
}

export interface ProgressRecord {
  node: number;
  subtask_index: number;
  name: string;
  state: RecordedState;
  notes: string;
  error?: StepError;
}

/** A step that rests has asked nobody yet: one that has is further than a late word of its rest. */
const UNASKED_STATES = OPEN_AGENT_STATES.filter((state) => state !== 'wait_for_user_input');

const STATUS_EVENTS = {
  in_progress: { event_type: 'session.resumed', message: 'The session goes on.' },
  wait_for_user_input: { event_type: 'session.waiting', message: 'The session waits for a person.' },
  paused: { event_type: 'session.paused', message: 'The session is paused.' },
} as const;
const STATE_EVENTS = { failed: 'agent.failed', skipped: 'agent.skipped', cancelled: 'agent.cancelled', in_progress: 'agent.waiting' } as const;

/** Writes what no step's activity writes: the session's status, and the ends that steps came to without running. */
export function writeProgress(services: Services): (progress: Progress) => Promise<void> {
  return async (progress) => {
    try {
      await claimRun(progress);
      await writeStates(services, progress);
      const { partition_key, session_uuid, status, change, usage } = progress;
      await SessionModel.updateOne(
        {
          _id: sessionId(partition_key, session_uuid),
          partition_key,
          run_id: Context.current().info.workflowExecution!.runId,
          status: { $in: OPEN_SESSION_STATUSES },
          progress_change: { $not: { $gte: change } },
        },
        {
          $set: {
            progress_change: change,
            ...(status === undefined ? {} : { status }),
            iteration_count: progress.iteration_count,
            usage: { input_tokens: usage.input_tokens, output_tokens: usage.output_tokens },
            cost_nano_usd: usage.cost_nano_usd,
            updated_at: new Date(),
          },
        },
      );
      await appendEvents(progress, [...statusEvents(progress), ...progress.records.map((record) => stateEvent(progress, record))]);
    } catch (error) {
      throw toFailure(error);
    }
  };
}

async function writeStates(services: Services, progress: Progress): Promise<void> {
  if (progress.records.length === 0) return;
  const run_id = Context.current().info.workflowExecution!.runId;
  const now = new Date();
  await SessionAgentModel.bulkWrite(
    progress.records.map((record) => ({
      updateOne: {
        // Nothing overwrites the end of a step, except where this run of the workflow took it over after a reset.
        filter: {
          _id: sessionAgentUuid(progress, record),
          partition_key: progress.partition_key,
          $or: [{ state: { $in: record.state === 'in_progress' ? UNASKED_STATES : OPEN_AGENT_STATES } }, { run_id: { $nin: [null, run_id] }, state: { $ne: 'completed' } }],
        },
        update: {
          $set: {
            state: record.state,
            notes: record.notes,
            run_id,
            error_json: record.error === undefined ? null : JSON.stringify(record.error),
            ended_at: record.state === 'in_progress' ? null : now,
            updated_at: now,
          },
        },
      },
    })),
    { ordered: false },
  );
  for (const record of progress.records) if (record.state !== 'in_progress') services.metrics.stepEnded(record.state);
}

function statusEvents({ status, change }: Progress): NewEvent[] {
  if (status === undefined) return [];
  return [{ ...STATUS_EVENTS[status], event_key: `session.status/${Context.current().info.workflowExecution!.runId}/${change}`, source_component: 'worker', data: { status } }];
}

function stateEvent(progress: Progress, record: ProgressRecord): NewEvent {
  const session_agent_uuid = sessionAgentUuid(progress, record);
  return {
    event_type: STATE_EVENTS[record.state],
    event_key: `${STATE_EVENTS[record.state]}/${session_agent_uuid}/${Context.current().info.workflowExecution!.runId}/${Context.current().info.activityId}`,
    source_component: 'worker',
    data: { session_agent_uuid, agent_name: record.name, subtask_index: record.subtask_index, ...(record.error === undefined ? {} : { error: record.error }) },
    message: `${record.name}: ${record.notes}`,
  };
}
