import { z } from 'zod';
import { EVENT_SEVERITIES } from '../records/event-types.ts';
import { SESSION_AGENT_STATES } from '../records/session-agent.ts';
import type { SessionAgentRow } from '../records/session-agent.ts';
import { findSessionAgent, listEvents, listRuns, listSessionAgents } from '../records/session-pages.ts';
import type { SessionRow } from '../records/session.ts';
import { existingSession } from './existing-session.ts';
import { notFound } from './not-found.ts';
import { operation, streamOperation } from './operation.ts';
import { LIST_FIELDS, pageRequest } from './schemas/list.ts';
import { pageOf, PathUuid } from './schemas/scalars.ts';
import { EventTypeName, EventView, SessionAgentView, SessionRunView, TextChunkView } from './schemas/session.ts';
import { sessionEvents } from './session-events.ts';
import { viewEvent, viewRun, viewSessionAgent } from './views.ts';

const listAgentsOfSession = operation({
  name: 'sessions.agents',
  method: 'GET',
  path: '/sessions/:session_uuid/session-agents',
  summary: 'List the agents of a session and the state of each, in the order of the plan',
  permission: 'sessions:read',
  input: z.strictObject({
    session_uuid: PathUuid,
    ...LIST_FIELDS,
    status: z.enum(SESSION_AGENT_STATES).optional().describe('Only those in this state.'),
    agent_uuid: PathUuid.optional(),
  }),
  output: pageOf(SessionAgentView),
  async run(context, { session_uuid, status: state, agent_uuid, ...list }) {
    const session = await existingSession(context, session_uuid);
    const page = await listSessionAgents(session, { state, agent_uuid }, pageRequest(list));
    return { data: page.rows.map(viewSessionAgent), next: page.next };
  },
});

const getAgentOfSession = operation({
  name: 'sessions.agent',
  method: 'GET',
  path: '/sessions/:session_uuid/session-agents/:session_agent_uuid',
  summary: 'Read one agent of a session',
  permission: 'sessions:read',
  input: z.strictObject({ session_uuid: PathUuid, session_agent_uuid: PathUuid }),
  output: SessionAgentView,
  async run(context, { session_uuid, session_agent_uuid }) {
    return viewSessionAgent(await existingSessionAgent(await existingSession(context, session_uuid), session_agent_uuid));
  },
});

/** Errors: `resource.not_found`. */
export async function existingSessionAgent(session: SessionRow, session_agent_uuid: string): Promise<SessionAgentRow> {
  const row = await findSessionAgent(session, session_agent_uuid);
  if (row === null) throw notFound('agent of the session', 'session_agent_uuid', 'GET /v1/sessions/{session_uuid}/session-agents');
  return row;
}

const listRunsOfSession = operation({
  name: 'sessions.runs',
  method: 'GET',
  path: '/sessions/:session_uuid/runs',
  summary: 'List the model calls of a session',
  permission: 'sessions:read',
  input: z.strictObject({ session_uuid: PathUuid, ...LIST_FIELDS, session_agent_uuid: PathUuid.optional() }),
  output: pageOf(SessionRunView),
  async run(context, { session_uuid, session_agent_uuid, ...list }) {
    const session = await existingSession(context, session_uuid);
    const page = await listRuns(session, { session_agent_uuid }, pageRequest(list));
    return { data: page.rows.map(viewRun), next: page.next };
  },
});

const listEventsOfSession = operation({
  name: 'sessions.events',
  method: 'GET',
  path: '/sessions/:session_uuid/events',
  summary: 'List what happened in a session, in order',
  permission: 'sessions:read',
  input: z.strictObject({
    session_uuid: PathUuid,
    ...LIST_FIELDS,
    event_type: EventTypeName.optional(),
    severity: z.enum(EVENT_SEVERITIES).optional(),
  }),
  output: pageOf(EventView),
  async run(context, { session_uuid, event_type, severity, ...list }) {
    const session = await existingSession(context, session_uuid);
    const page = await listEvents(session, { event_type, severity }, pageRequest(list));
    return { data: page.rows.map(viewEvent), next: page.next };
  },
});

const streamSession = streamOperation({
  name: 'sessions.stream',
  method: 'GET',
  path: '/sessions/:session_uuid/stream',
  summary: 'Listen to a session: its events, and the agents\' texts as they come',
  description: 'Events have their number as `id` and resume after `Last-Event-ID`; pieces of text are events named `text` without one. It ends after `session.ended`.',
  permission: 'sessions:read',
  input: z.strictObject({ session_uuid: PathUuid, last_event_id: z.int('must be the id of an event').min(0).optional() }),
  output: z.union([EventView, TextChunkView]),
  async run(context, { session_uuid, last_event_id }) {
    return sessionEvents(await existingSession(context, session_uuid), { after: last_event_id ?? 0, signal: context.signal });
  },
});

export const SESSION_DETAIL_OPERATIONS = [listAgentsOfSession, getAgentOfSession, listRunsOfSession, listEventsOfSession, streamSession];
