import { Context } from '@temporalio/activity';
import { EngineError } from '../../src/errors.ts';
import { sessionAgentUuid } from '../../src/records/derive-uuid.ts';
import { ENDED_AGENT_STATES, SessionAgentModel, type SessionAgentRow, type SessionAgentState } from '../../src/records/session-agent.ts';
import { claimRun } from '../claim-run.ts';
import { finalFailure } from '../failure.ts';
import type { InstanceRef } from '../services.ts';

export interface OpenedStep {
  agent: SessionAgentRow;
  /** Ends the step only while nobody else has opened it since. */
  fence: string;
  started_at: Date;
  /** The step had ended, or asks a person, before: an attempt whose answer was lost. */
  already: boolean;
  /** Nobody has opened it before, so no call of it was begun. */
  first: boolean;
}

/** Fences of one run of the workflow are in the order of their text. */
const DIGITS = 10;

/**
 * A step that no later attempt has opened. The mark of this one may be missing: it waits for no majority, and a mongod
 * that is killed loses it.
 */
export function notOpenedSince({ run_id, fence }: { run_id: string; fence: string }) {
  return { state: { $in: ['initial', 'in_progress', 'pending'] as SessionAgentState[] }, $or: [{ run_id: null }, { run_id, fence: { $not: { $gt: fence } } }] };
}

/**
 * Marks a step as in progress. A lost mark does no harm, so it waits for no majority. An attempt that was frozen and comes
 * after a later one is refused.
 */
export async function openStep(ref: InstanceRef): Promise<OpenedStep> {
  const { info } = Context.current();
  const run_id = info.workflowExecution!.runId;
  const fence = [info.activityId, String(info.attempt)].map((part) => part.padStart(DIGITS, '0')).join('/');
  const _id = sessionAgentUuid(ref, ref);
  const now = new Date();
  const isFirst = ({ started_at }: SessionAgentRow): boolean => info.attempt === 1 && (started_at ?? null) === null;
  const mark = { $set: { state: 'in_progress' as const, run_id, fence, ended_at: null, notes: '', updated_at: now }, $min: { started_at: now } };
  // The driver's own call: mongoose's casting costs as much as the write.
  const before = await SessionAgentModel.collection.findOneAndUpdate(
    {
      _id,
      partition_key: ref.partition_key,
      ...notOpenedSince({ run_id, fence }),
    } as never,
    mark as never,
    { returnDocument: 'before', writeConcern: { w: 1 } },
  ) as SessionAgentRow | null;
  if (before !== null) return { agent: before, fence, started_at: now, already: false, first: isFirst(before) };

  const agent = await SessionAgentModel.findOne({ _id, partition_key: ref.partition_key }).lean<SessionAgentRow>();
  if (agent === null) throw new EngineError('session.internal', 'The record of the step is gone.');
  const ended = (ENDED_AGENT_STATES as readonly string[]).includes(agent.state) || agent.state === 'wait_for_user_input';
  if (agent.run_id === run_id && ended) return { agent, fence, started_at: now, already: true, first: false };
  if (agent.run_id === run_id && agent.fence !== null && agent.fence > fence) throw finalFailure('superseded', 'A later attempt runs this step.');
  // Another run of the workflow had it: this one has to prove that it is the current one before it takes over.
  await claimRun(ref);
  const taken = await SessionAgentModel.findOneAndUpdate(
    { _id, partition_key: ref.partition_key, run_id: agent.run_id, fence: agent.fence },
    { ...mark, $set: { ...mark.$set, error_json: null } },
    { returnDocument: 'before' },
  ).lean<SessionAgentRow>();
  return taken === null ? openStep(ref) : { agent: taken, fence, started_at: now, already: false, first: isFirst(taken) };
}

/** Whether the step is still this attempt's: not ended, and not opened by a later one. */
export async function holdsStep({ agent, fence }: Pick<OpenedStep, 'agent' | 'fence'>): Promise<boolean> {
  const { _id, partition_key } = agent;
  const run_id = Context.current().info.workflowExecution!.runId;
  return (await SessionAgentModel.exists({ _id, partition_key, ...notOpenedSince({ run_id, fence }) })) !== null;
}
