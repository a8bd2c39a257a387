import type { UserInTheLoop } from '../plan/plan.ts';
import { appendEvents } from './append-events.ts';
import { DecisionModel, type DecisionRow } from './decision.ts';
import { deriveUuid } from './derive-uuid.ts';
import type { SessionAgentRow } from './session-agent.ts';
import type { SessionHeader } from './session-header.ts';

const QUESTIONS = {
  input: (name: string) => `${name} is about to run. What should it know?`,
  approval: (name: string) => `${name} gave its output. May it go on?`,
} as const;

function decisionUuid(agent: Pick<SessionAgentRow, '_id' | 'partition_key' | 'session_uuid'>, kind: DecisionRow['kind']): string {
  return deriveUuid(agent.session_uuid, `${agent.partition_key}/decision/${agent._id}/${kind}`);
}

/** What the workflow has to know of a decision. */
interface Asked {
  decision_uuid: string;
  /** Milliseconds, or null for never. */
  expires_at: number | null;
  /** It was answered, or expired, before it was asked this time: by an attempt or a run before. */
  settled?: true;
}

function asAsked(row: DecisionRow): Asked {
  return { decision_uuid: row._id, expires_at: row.expires_at?.getTime() ?? null, ...(row.status === 'pending' ? {} : { settled: true }) };
}

/** Asks a person, once: a repeated activity finds the decision that it made. */
export async function createDecision(asked: {
  header: SessionHeader;
  agent: SessionAgentRow;
  loop: UserInTheLoop;
  kind: DecisionRow['kind'];
}): Promise<Asked> {
  const { header, agent, loop, kind } = asked;
  const { partition_key, session_uuid } = agent;
  const now = new Date();
  const _id = decisionUuid(agent, kind);
  const row = await DecisionModel.findOneAndUpdate(
    { _id, partition_key },
    {
      $setOnInsert: {
        session_uuid,
        coordination_uuid: agent.coordination_uuid,
        session_agent_uuid: agent._id,
        agent_uuid: agent.agent_uuid,
        workflow_id: header.workflow_id,
        kind,
        status: 'pending',
        question: loop.question ?? QUESTIONS[kind](agent.agent_name),
        allowed_actions: loop.allowed_actions,
        input_schema_json: loop.input_schema === null ? null : JSON.stringify(loop.input_schema),
        default_action: loop.default_action,
        expires_at: loop.expires_in_ms === null ? null : new Date(now.getTime() + loop.expires_in_ms),
        action: null,
        input_json: null,
        comment: null,
        answered_by: null,
        answered_through: null,
        answered_at: null,
        answer_uuid: null,
        tell_at: null,
        applied_at: null,
        created_at: now,
        updated_at: now,
      },
    },
    { upsert: true, returnDocument: 'after' },
  ).lean<DecisionRow>();
  await appendEvents(header, [
    {
      event_type: 'decision.requested',
      event_key: `decision.requested/${_id}`,
      source_agent_id: agent.agent_uuid,
      source_component: 'worker',
      data: { decision_uuid: _id, session_agent_uuid: agent._id, agent_name: agent.agent_name, kind, allowed_actions: loop.allowed_actions },
      message: row!.question,
    },
  ]);
  return asAsked(row!);
}
