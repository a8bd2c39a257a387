import { Context } from '@temporalio/activity';
import type { UserInTheLoop } from '../../src/plan/plan.ts';
import { appendEvents } from '../../src/records/append-events.ts';
import { createDecision } from '../../src/records/create-decision.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import type { SessionHeader } from '../../src/records/session-header.ts';
import type { SessionRunRow } from '../../src/records/session-run.ts';
import { finalFailure, superseded } from '../failure.ts';
import type { StepResult } from '../step-result.ts';
import { notOpenedSince } from './open-step.ts';

interface StepEnd {
  header: SessionHeader;
  agent: SessionAgentRow;
  fence: string;
  started_at: Date;
  runs: SessionRunRow[];
  loop: UserInTheLoop | null;
}

/**
 * Writes what a step's model said: its output, what it cost, and where a person has to look at it, the decision. Only
 * the attempt that opened the step last may do so.
 */
export async function closeStep({ header, agent, fence, started_at, runs, loop }: StepEnd): Promise<StepResult> {
  const run = runs.at(-1)!;
  const usage = sumUsage(runs);
  const asks = loop?.when === 'after';
  const now = new Date();
  const run_id = Context.current().info.workflowExecution!.runId;
  const state = asks ? 'wait_for_user_input' : 'completed';
  // The driver's own call: mongoose's casting costs as much as the write.
  const closed = SessionAgentModel.collection.updateOne(
    { _id: agent._id, partition_key: agent.partition_key, ...notOpenedSince({ run_id, fence }) } as never,
    {
      $set: {
        state,
        run_id,
        fence,
        // What followed the first call only asked to mend its answer.
        agent_input: runs[0]!.request_text,
        agent_input_ref: runs[0]!.request_ref,
        agent_output: run.response_text,
        agent_output_ref: run.response_ref,
        model: run.model,
        last_run_uuid: run._id,
        usage: { input_tokens: usage.input_tokens, output_tokens: usage.output_tokens },
        cost_nano_usd: usage.cost_nano_usd,
        notes: asks ? 'Waits for a person to look at the output.' : '',
        ended_at: asks ? null : now,
        updated_at: now,
      },
      $min: { started_at },
    },
  );
  const told = asks
    ? Promise.resolve()
    : appendEvents(header, [
        {
          event_type: 'agent.completed',
          event_key: `agent.completed/${agent._id}/${run_id}`,
          source_agent_id: agent.agent_uuid,
          source_component: 'worker',
          data: { session_agent_uuid: agent._id, agent_name: agent.agent_name, subtask_index: agent.subtask_index, model: run.model, run_uuid: run._id, latency_ms: run.latency_ms, ...usage },
          message: `${agent.agent_name} completed.`,
        },
      ]);
  const [written] = await Promise.all([closed, told]);
  if (written.matchedCount === 0) throw superseded();
  // Only now: a worker that was frozen until its session had ended must ask nobody.
  return asks ? { usage, decision: await createDecision({ header, agent, loop, kind: 'approval' }) } : { usage };
}

/** What a step that is about to fail or to be cancelled has used: the calls that it paid before. What has ended stays as it is. */
export async function noteUsage({ agent, fence }: Pick<StepEnd, 'agent' | 'fence'>, runs: SessionRunRow[]): Promise<void> {
  const run = runs.at(-1);
  if (run === undefined) return;
  const { input_tokens, output_tokens, cost_nano_usd } = sumUsage(runs);
  const run_id = Context.current().info.workflowExecution!.runId;
  await SessionAgentModel.updateOne(
    { _id: agent._id, partition_key: agent.partition_key, ...notOpenedSince({ run_id, fence }) },
    { $set: { model: run.model, usage: { input_tokens, output_tokens }, cost_nano_usd } },
  );
}

/** What a step came to that had ended before: the answer of the activity was lost, not the work. */
export async function closedBefore({ header, agent, loop }: Pick<StepEnd, 'header' | 'agent' | 'loop'>): Promise<StepResult> {
  const usage = { ...(agent.usage ?? { input_tokens: 0, output_tokens: 0 }), cost_nano_usd: agent.cost_nano_usd };
  if (agent.state === 'completed') return { usage };
  if (agent.state === 'wait_for_user_input' && loop?.when === 'after') return { usage, decision: await createDecision({ header, agent, loop, kind: 'approval' }) };
  throw finalFailure('step.failed', `The step had ended as ${agent.state}.`);
}

function sumUsage(runs: SessionRunRow[]): Required<StepResult>['usage'] {
  const sum = { input_tokens: 0, output_tokens: 0, cost_nano_usd: 0 };
  for (const run of runs) {
    sum.input_tokens += run.usage.input_tokens;
    sum.output_tokens += run.usage.output_tokens;
    sum.cost_nano_usd += run.cost_nano_usd ?? 0;
  }
  return sum;
}
