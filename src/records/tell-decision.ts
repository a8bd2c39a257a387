import { appendEvents } from './append-events.ts';
import type { DecisionRow } from './decision.ts';

/**
 * Tells what a decision came to: an answer, or its expiry. Whoever meets it may, since it is told once; a process that
 * stopped between the answer and its event is made good so.
 */
export async function tellDecision(row: DecisionRow): Promise<void> {
  const { _id: decision_uuid, session_agent_uuid, action, answered_by, answered_through, default_action } = row;
  if (row.status === 'answered') {
    await appendEvents(row, [
      {
        event_type: 'decision.answered',
        event_key: `decision.answered/${decision_uuid}`,
        source_agent_id: row.agent_uuid,
        source_component: answered_through ?? 'worker',
        data: { decision_uuid, session_agent_uuid, action, answered_by, answered_through },
        message: `Answered: ${action}.`,
      },
    ]);
  }
  if (row.status === 'expired') {
    await appendEvents(row, [
      {
        event_type: 'decision.expired',
        event_key: `decision.expired/${decision_uuid}`,
        source_agent_id: row.agent_uuid,
        source_component: 'worker',
        data: { decision_uuid, session_agent_uuid, default_action },
        message: default_action === null ? 'The decision expired without an answer.' : `The decision expired; its default is to ${default_action}.`,
      },
    ]);
  }
}
