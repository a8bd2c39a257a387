import type { StepError } from '../src/scheduler/state.ts';
import { appendEvents } from '../src/records/append-events.ts';
import { DecisionModel, settleDecisionRecord, type DecisionRow } from '../src/records/decision.ts';
import { deriveUuid } from '../src/records/derive-uuid.ts';
import { tellDecision } from '../src/records/tell-decision.ts';
import { storeText } from '../src/records/output.ts';
import { SessionAgentModel } from '../src/records/session-agent.ts';
import type { DecisionOutcome } from '../src/scheduler/events.ts';
import { claimRun } from './claim-run.ts';
import { finalFailure, toFailure } from './failure.ts';
import type { Services, SessionRef } from './services.ts';

/** Reads what a decision came to (or lets it expire) and applies it to its step. Safe to repeat. */
export function settleDecision(services: Services): (ref: SessionRef & { decision_uuid: string; expire: boolean }) => Promise<DecisionOutcome> {
  return async (ref) => {
    try {
      await claimRun(ref);
      const row = ref.expire ? (await settleDecisionRecord(ref, { expired: true })).row : await DecisionModel.findOne({ _id: ref.decision_uuid, partition_key: ref.partition_key, session_uuid: ref.session_uuid }).lean<DecisionRow>();
      if (row === null) throw finalFailure('session.internal', `The decision ${ref.decision_uuid} is gone.`);
      if (row.status === 'pending') return { kind: 'still_pending' };
      await tellDecision(row);
      const outcome = await applyToStep(row);
      if (outcome.kind === 'failed') services.metrics.stepEnded('failed');
      await DecisionModel.updateOne({ _id: row._id, partition_key: row.partition_key, applied_at: null }, { $set: { applied_at: new Date() } });
      return outcome;
    } catch (error) {
      throw toFailure(error);
    }
  };
}

async function applyToStep(row: DecisionRow): Promise<DecisionOutcome> {
  if (row.status === 'cancelled') return { kind: 'failed', error: { code: 'decision.not_pending', message: 'The decision was cancelled.' } };
  const action = row.status === 'expired' ? row.default_action : row.action;
  if (action === null) {
    return failStep(row, { code: 'decision.expired', message: 'Nobody answered in time, and the decision has no default action.' });
  }
  if (action === 'reject') {
    const by = row.answered_by === null ? '' : ` by ${row.answered_by}`;
    return failStep(row, { code: 'decision.rejected', message: `Rejected${by}${row.comment === null ? '.' : `: ${row.comment}`}` });
  }
  const said = row.input_json === null ? null : asText(JSON.parse(row.input_json));
  const now = new Date();
  const common = { notes: noteOf(row, action), updated_at: now };
  let change: Record<string, unknown>;
  if (row.kind === 'input') {
    change = { ...common, state: 'initial', user_input: said };
  } else if (action === 'edit' && said !== null) {
    const stored = await storeText({ partition_key: row.partition_key, session_uuid: row.session_uuid, output_uuid: deriveUuid(row.session_uuid, `${row._id}/edited`) }, said);
    change = { ...common, state: 'completed', ended_at: now, agent_output: stored.text, agent_output_ref: stored.ref };
  } else {
    change = { ...common, state: 'completed', ended_at: now, user_input: said };
  }
  const applied = await SessionAgentModel.updateOne({ _id: row.session_agent_uuid, partition_key: row.partition_key, state: 'wait_for_user_input' }, { $set: change });
  if (row.kind === 'approval' && applied.modifiedCount > 0) {
    await appendEvents(row, [
      {
        event_type: 'agent.completed',
        event_key: `agent.completed/${row.session_agent_uuid}/${row._id}`,
        source_agent_id: row.agent_uuid,
        source_component: 'worker',
        data: { session_agent_uuid: row.session_agent_uuid, decision_uuid: row._id, action },
        message: `The output was accepted (${action}).`,
      },
    ]);
  }
  return { kind: 'go_on' };
}

async function failStep(row: DecisionRow, error: StepError): Promise<DecisionOutcome> {
  const now = new Date();
  await SessionAgentModel.updateOne(
    { _id: row.session_agent_uuid, partition_key: row.partition_key, state: 'wait_for_user_input' },
    { $set: { state: 'failed', notes: error.message, error_json: JSON.stringify(error), ended_at: now, updated_at: now } },
  );
  await appendEvents(row, [
    {
      event_type: 'agent.failed',
      event_key: `agent.failed/${row.session_agent_uuid}/${row._id}`,
      source_agent_id: row.agent_uuid,
      source_component: 'worker',
      data: { session_agent_uuid: row.session_agent_uuid, error },
      message: error.message,
    },
  ]);
  return { kind: 'failed', error };
}

function noteOf(row: DecisionRow, action: string): string {
  if (row.status === 'expired') return `The decision expired; its default was taken (${action}).`;
  return `Answered (${action})${row.answered_by === null ? '' : ` by ${row.answered_by}`}.`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
