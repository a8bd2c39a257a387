import { ApplicationFailure } from '@temporalio/common';
import { Context, CompleteAsyncError } from '@temporalio/activity';
import { isPlanner } from '../src/plan/is-planner.ts';
import { ProviderError } from '../src/providers/provider-error.ts';
import { resolveModel } from '../src/providers/resolve-model.ts';
import type { ModelRequest } from '../src/providers/provider.ts';
import { loadPinnedAgent } from '../src/records/agent-snapshot.ts';
import { appendEvents } from '../src/records/append-events.ts';
import { beginCall } from '../src/records/call.ts';
import { isMongoAway } from '../src/records/is-mongo-away.ts';
import { splitPartitionKey } from '../src/records/partition-key.ts';
import { loadPlan } from '../src/records/plan.ts';
import { DEFAULT_PROJECT } from '../src/records/project.ts';
import { loadText } from '../src/records/output.ts';
import type { SessionHeader } from '../src/records/session-header.ts';
import type { SessionAgentRow } from '../src/records/session-agent.ts';
import type { SessionRunRow } from '../src/records/session-run.ts';
import { toFailure } from './failure.ts';
import { loadHeader } from './load-header.ts';
import { buildPrompt, predecessorOutputs } from './model-step/build-prompt.ts';
import { closeStep, closedBefore, noteUsage } from './model-step/close-step.ts';
import { withHeartbeat } from './model-step/heartbeat.ts';
import { callKey, makeCall } from './model-step/make-call.ts';
import { openStep, type OpenedStep } from './model-step/open-step.ts';
import { stepFailure } from './model-step/step-failure.ts';
import { schemaProblem } from './model-step/structured-answer.ts';
import type { InstanceRef, Services, SessionRef } from './services.ts';
import type { StepResult } from './step-result.ts';

/** Turns in which a model may mend an answer that does not fit its schema. */
const MAX_REPAIRS = 2;

/**
 * A model step, whole: marks it in progress, calls the model, stores the run, writes the output. What was stored by an
 * earlier attempt is used again. Fails with the code of what went wrong as the failure's type.
 */
export function callModel(services: Services): (ref: InstanceRef) => Promise<StepResult> {
  return (ref) =>
    withHeartbeat(async () => {
      const place: { opened?: OpenedStep; repair: number; runs: SessionRunRow[]; told?: Promise<void> } = { repair: 0, runs: [] };
      try {
        const header = await loadHeader(ref);
        const node = (await loadPlan(ref.partition_key, header.plan_hash)).nodes[ref.node]!;
        // One round trip for both: the ids follow from the step's place.
        const outputs = predecessorOutputs(ref, node.predecessors);
        outputs.catch(() => undefined);
        const opened = await openStep(ref);
        place.opened = opened;
        const loop = node.user_in_the_loop;
        if (opened.already) return await closedBefore({ header, agent: opened.agent, loop });
        const told = tellStarted(header, opened.agent);
        place.told = told;
        const { runs } = place;
        // The mark of the step's first opening is the intent of its first call.
        const attempts = opened.first ? 1 : await beginCall({ ...sessionOf(ref), call_key: callKey(opened.agent._id, 0), begun: 1 });
        await answer(services, { header, agent: opened.agent, outputs: await outputs, attempts, place });
        // Together: the end of the step is told in the write that tells its start, where that has waited for company.
        const [result] = await Promise.all([closeStep({ header, agent: opened.agent, fence: opened.fence, started_at: opened.started_at, runs, loop }), told]);
        services.metrics.stepEnded('completed');
        return result;
      } catch (error) {
        // What comes of the failure, perhaps in another process, must not be told before the start.
        await place.told?.catch(() => undefined);
        if (place.opened !== undefined && !isMongoAway(error)) {
          await noteUsage(place.opened, place.runs).catch((failure: unknown) => services.log.warn({ err: failure }, 'what a step used is not noted in its record'));
        }
        if (error instanceof CompleteAsyncError || Context.current().cancellationSignal.aborted) throw error;
        if (place.opened === undefined || error instanceof ApplicationFailure) throw toFailure(error);
        throw await stepFailure(error, { ...place.opened, repair: place.repair });
      }
    });
}

/** Adds the step's calls to `place.runs`, the one that answers it last. */
async function answer(
  services: Services,
  step: { header: SessionHeader; agent: SessionAgentRow; outputs: SessionAgentRow[]; attempts: number; place: { repair: number; runs: SessionRunRow[] } },
): Promise<void> {
  const { header, agent, place } = step;
  const [pinned, prompt] = await Promise.all([loadPinnedAgent(agent.partition_key, agent.snapshot_hash), buildPrompt(agent, step.outputs)]);
  const is_default_project = splitPartitionKey(agent.partition_key).part_id === DEFAULT_PROJECT;
  const resolved = resolveModel(pinned.model, { is_default_project, env: process.env });
  const request: ModelRequest = {
    model: resolved.model,
    instructions: pinned.instructions,
    messages: [...prompt.history, { role: 'user', content: prompt.text }],
    output_schema: pinned.output_schema,
    max_output_tokens: pinned.max_output_tokens,
    temperature: pinned.temperature,
    config: pinned.config,
  };
  const { runs } = place;
  let { text } = prompt;
  let { attempts } = step;
  let previous_run_uuid = prompt.previous_run_uuid;
  for (;;) {
    const run = await makeCall(services, { header, agent, resolved, request, text, previous_run_uuid, repair: place.repair, attempts });
    runs.push(run);
    if (pinned.output_schema === null) return;
    const said = await loadText(agent.partition_key, { text: run.response_text, ref: run.response_ref });
    const problem = schemaProblem(pinned.output_schema, said);
    if (problem === null) return;
    // What cannot be run of a plan is refused with its reason where the plan is read.
    if (place.repair === MAX_REPAIRS && isPlanner(agent)) return;
    if (place.repair === MAX_REPAIRS) throw new ProviderError('provider.output_invalid', `The answer does not fit output_schema after ${MAX_REPAIRS} repair turns. ${problem}`);
    place.repair += 1;
    attempts = await beginCall({ ...sessionOf(agent), call_key: callKey(agent._id, place.repair) });
    previous_run_uuid = run._id;
    text = `Your answer does not fit the required JSON schema. ${problem}\nAnswer again with JSON only.`;
    request.messages = [...request.messages, { role: 'assistant', content: said }, { role: 'user', content: text }];
  }
}

function sessionOf({ partition_key, session_uuid }: SessionRef): SessionRef {
  return { partition_key, session_uuid };
}

function tellStarted(header: SessionHeader, agent: SessionAgentRow): Promise<void> {
  const { runId } = Context.current().info.workflowExecution!;
  const told = appendEvents(header, [
    {
      event_type: 'agent.started',
      event_key: `agent.started/${agent._id}/${runId}`,
      source_agent_id: agent.agent_uuid,
      source_component: 'worker',
      data: { session_agent_uuid: agent._id, agent_name: agent.agent_name, subtask_index: agent.subtask_index },
      message: `${agent.agent_name} started.`,
    },
  ], { may_wait: true });
  // Awaited once the model has answered; a failure before that must not count as unhandled meanwhile.
  told.catch(() => undefined);
  return told;
}
