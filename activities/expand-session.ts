import { expandPlanned, type SubtaskQuery } from '../src/plan/subtask-queries.ts';
import { appendEvents } from '../src/records/append-events.ts';
import { sessionAgentUuid } from '../src/records/derive-uuid.ts';
import { loadText } from '../src/records/output.ts';
import { loadPlan } from '../src/records/plan.ts';
import { SessionAgentModel, type SessionAgentRow } from '../src/records/session-agent.ts';
import { SessionModel } from '../src/records/session.ts';
import { claimRun } from './claim-run.ts';
import { createSessionAgents } from './begin-session/create-session-agents.ts';
import { keptPins } from './begin-session/kept-pins.ts';
import { finalFailure, toFailure } from './failure.ts';
import type { InstanceRef } from './services.ts';

/** Turns the planner's output into the session's subtask queries and their SessionAgents. Answers the instances of each node. */
export function expandSession(): (ref: InstanceRef) => Promise<{ counts: number[] }> {
  return async (ref) => {
    try {
      const session = await claimRun(ref);
      const planner = await SessionAgentModel.findOne({ _id: sessionAgentUuid(ref, ref), partition_key: ref.partition_key }).lean<SessionAgentRow>();
      if (planner === null) throw finalFailure('session.internal', 'The record of the planner is gone.');
      const plan = await loadPlan(ref.partition_key, session.plan_hash);
      const said = await loadText(ref.partition_key, { text: planner.agent_output, ref: planner.agent_output_ref });
      const queries = readPlan(said);
      const expansion = expandPlanned(plan, queries);
      if (expansion.problems !== undefined) {
        throw finalFailure('plan.refused', `The plan of ${planner.agent_name} cannot be run. ${expansion.problems.map((problem) => `${problem.path}: ${problem.message}`).join(' ')}`.slice(0, 2_000));
      }
      await createSessionAgents(session, { plan, pins: await keptPins(ref), instances: expansion.instances, planner: ref.node });
      await SessionModel.updateOne(
        { _id: session._id, partition_key: ref.partition_key },
        { $set: { subtask_queries_json: JSON.stringify(withUuids(expansion.instances, plan)), updated_at: new Date() } },
      );
      await appendEvents(ref, [
        {
          event_type: 'session.planned',
          event_key: 'session.planned',
          source_agent_id: planner.agent_uuid,
          source_component: 'worker',
          data: { subtask_queries: expansion.instances.length },
          message: `${planner.agent_name} planned ${expansion.instances.length} subtasks.`,
        },
      ]);
      const counts = new Array<number>(plan.nodes.length).fill(0);
      for (const { node } of expansion.instances) counts[node]! += 1;
      return { counts };
    } catch (error) {
      throw toFailure(error);
    }
  };
}

function readPlan(text: string): SubtaskQuery[] {
  try {
    const { subtask_queries } = JSON.parse(text) as { subtask_queries?: unknown };
    if (Array.isArray(subtask_queries) && subtask_queries.length > 0) return subtask_queries as SubtaskQuery[];
  } catch {
    // A person may have edited the plan into something that is no JSON: told below, as one refusal.
  }
  throw finalFailure('plan.refused', 'The plan is no JSON object with a list subtask_queries that names at least one subtask.');
}

function withUuids(instances: Array<{ node: number; query: string }>, plan: { nodes: Array<{ agent_uuid: string }> }): Array<{ agent_uuid: string; subtask_query: string }> {
  return instances.map(({ node, query }) => ({ agent_uuid: plan.nodes[node]!.agent_uuid, subtask_query: query }));
}
