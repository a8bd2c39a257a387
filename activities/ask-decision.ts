import { Context } from '@temporalio/activity';
import { createDecision } from '../src/records/create-decision.ts';
import { sessionAgentUuid } from '../src/records/derive-uuid.ts';
import { loadPlan } from '../src/records/plan.ts';
import { SessionAgentModel, type SessionAgentRow } from '../src/records/session-agent.ts';
import { claimRun } from './claim-run.ts';
import { finalFailure, toFailure } from './failure.ts';
import { loadHeader } from './load-header.ts';
import type { InstanceRef } from './services.ts';
import type { AskedDecision } from './step-result.ts';

/** Asks a person before a step runs. */
export function askDecision(): (ref: InstanceRef) => Promise<AskedDecision> {
  return async (ref) => {
    try {
      const header = await loadHeader(ref);
      const plan = await loadPlan(ref.partition_key, header.plan_hash);
      await claimRun(ref);
      const run_id = Context.current().info.workflowExecution!.runId;
      const own = { _id: sessionAgentUuid(ref, ref), partition_key: ref.partition_key };
      // Once in a run of the workflow: a repeated or late attempt must not take back what came of the answer.
      await SessionAgentModel.updateOne(
        { ...own, run_id: { $ne: run_id } },
        { $set: { state: 'wait_for_user_input', notes: 'Waits for a person before it runs.', run_id, fence: null, ended_at: null, updated_at: new Date() } },
      );
      const agent = await SessionAgentModel.findOne(own).lean<SessionAgentRow>();
      const loop = plan.nodes[ref.node]?.user_in_the_loop;
      if (agent === null || loop === undefined || loop === null) throw finalFailure('session.internal', 'The step that asks is gone.');
      return await createDecision({ header, agent, loop, kind: 'input' });
    } catch (error) {
      throw toFailure(error);
    }
  };
}
