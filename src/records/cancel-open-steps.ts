import { appendEvents } from './append-events.ts';
import { DecisionModel } from './decision.ts';
import { OPEN_AGENT_STATES, SessionAgentModel, type SessionAgentRow } from './session-agent.ts';
import type { SessionRow } from './session.ts';

/** Ends whatever of a session is still open when it ends: its questions, and the agents that nobody will run any more. Safe to repeat. */
export async function cancelOpenSteps(
  session: Pick<SessionRow, 'partition_key' | 'session_uuid' | 'run_id'>,
  { notes, source_component }: { notes: string; source_component: string },
): Promise<void> {
  const { partition_key, session_uuid, run_id } = session;
  const now = new Date();
  await DecisionModel.updateMany({ partition_key, session_uuid, status: 'pending' }, { $set: { status: 'cancelled', updated_at: now } });
  const open = { partition_key, session_uuid, state: { $in: OPEN_AGENT_STATES } };
  const agents = await SessionAgentModel.find(open).select({ agent_uuid: 1, agent_name: 1, subtask_index: 1 }).lean<SessionAgentRow[]>();
  if (agents.length === 0) return;
  // Told first: once an agent is cancelled, a repetition no longer finds it.
  await appendEvents(
    session,
    agents.map((agent) => ({
      event_type: 'agent.cancelled' as const,
      event_key: `agent.cancelled/${agent._id}/${run_id}/with its session`,
      source_agent_id: agent.agent_uuid,
      source_component,
      data: { session_agent_uuid: agent._id, agent_name: agent.agent_name, subtask_index: agent.subtask_index },
      message: `${agent.agent_name}: ${notes}`,
    })),
  );
  await SessionAgentModel.updateMany(open, { $set: { state: 'cancelled', notes, run_id, ended_at: now, updated_at: now } });
}
