import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { deleteSession, sessionHolds } from '../records/delete-session.ts';
import { findCoordinationHead } from '../records/coordination-head.ts';
import { SESSION_STATUSES } from '../records/session.ts';
import type { SessionRow } from '../records/session.ts';
import { listSessions } from '../records/session-pages.ts';
import type { OperationContext } from './context.ts';
import { existingCoordination } from './coordination-view.ts';
import { DEFINITION_LIMIT } from './coordinations.ts';
import { answerSession, existingSession } from './existing-session.ts';
import { OneOffDefinition, oneOffTarget } from './one-off.ts';
import { operation } from './operation.ts';
import { FILTER_FIELDS, LIST_FIELDS, metadataEntries, pageRequest } from './schemas/list.ts';
import { Nothing, pageOf, PathUuid } from './schemas/scalars.ts';
import { SessionSummary, SessionView, START_FIELDS, Wait } from './schemas/session.ts';
import { targetOf } from './session-target.ts';
import { overlayOf, startSession } from './start-session.ts';
import { summariseSession } from './views.ts';
import { hasEnded, waitForSession, waitMs } from './wait-for-session.ts';

const VERSION = z.int().min(1).optional().describe('A published version; the latest unless said.');

const startAnySession = operation({
  name: 'sessions.start',
  method: 'POST',
  path: '/sessions',
  summary: 'Start a session of a coordination, or of a definition that is run once',
  permission: 'sessions:write',
  input: z.strictObject({
    ...START_FIELDS,
    coordination: z.string().min(1).max(300).optional().describe('Uuid, name or `name@version`.'),
    version: VERSION,
    definition: OneOffDefinition.optional(),
    wait: Wait,
  }),
  output: SessionView,
  status: 202,
  other_statuses: [200],
  query: ['wait'],
  idempotent: true,
  body_limit: DEFINITION_LIMIT,
  meta_tool: { name: 'execute_orchestration' },
  async run(context, { coordination, version, definition, wait, ...fields }) {
    const ms = waitMs(wait);
    const request = { ...fields, session_uuid: fields.session_uuid ?? context.resource_uuid };
    if ((coordination === undefined) === (definition === undefined)) {
      throw new EngineError('request.invalid', 'Say what to start: either coordination or definition.', { errors: [{ path: 'coordination', message: 'Give exactly one of coordination and definition.' }] });
    }
    const { partition_key } = context.project;
    const target = definition === undefined
      ? await targetOf(partition_key, { coordination: coordination!, version, agent_actions: overlayOf(request) })
      : await oneOffTarget({ partition_key, session_uuid: request.session_uuid }, definition, overlayOf(request));
    return settle(context, await startSession(context, request, target), ms);
  },
});

const startSessionOf = operation({
  name: 'coordinations.start',
  method: 'POST',
  path: '/coordinations/:coordination_uuid/sessions',
  summary: 'Start a session of a coordination',
  permission: 'sessions:write',
  input: z.strictObject({ coordination_uuid: PathUuid, ...START_FIELDS, version: VERSION, wait: Wait }),
  output: SessionView,
  status: 202,
  other_statuses: [200],
  query: ['wait'],
  idempotent: true,
  body_limit: DEFINITION_LIMIT,
  async run(context, { coordination_uuid, version, wait, ...fields }) {
    const ms = waitMs(wait);
    const { partition_key } = context.project;
    await existingCoordination(partition_key, coordination_uuid);
    const request = { ...fields, session_uuid: fields.session_uuid ?? context.resource_uuid };
    const target = await targetOf(partition_key, { coordination: coordination_uuid, version, agent_actions: overlayOf(request) });
    return settle(context, await startSession(context, request, target), ms);
  },
});

/** 200 once there is nothing to wait for, 202 where the session goes on. */
async function settle(context: OperationContext, started: SessionRow, ms: number): Promise<z.input<typeof SessionView>> {
  const { row, settled } = ms > 0 ? await waitForSession(started, ms, context.signal) : { row: started, settled: false };
  context.reply.status = settled ? 200 : 202;
  return answerSession(context, row);
}

const FILTERS = {
  ...LIST_FIELDS,
  ...FILTER_FIELDS,
  status: z.enum(SESSION_STATUSES).optional(),
  user_id: z.string().min(1).max(255).optional(),
};

const listAllSessions = operation({
  name: 'sessions.list',
  method: 'GET',
  path: '/sessions',
  summary: 'List the sessions, without their inputs and outputs',
  permission: 'sessions:read',
  input: z.strictObject({ ...FILTERS, coordination: z.string().min(1).max(255).optional().describe('Uuid or name.') }),
  output: pageOf(SessionSummary),
  meta_tool: { name: 'list_executions' },
  async run(context, { coordination, ...input }) {
    if (coordination === undefined) return list(context, input, undefined);
    const named = await findCoordinationHead(context.project.partition_key, { coordination_name: coordination });
    return list(context, input, named?.coordination_uuid ?? coordination.toLowerCase());
  },
});

const listSessionsOf = operation({
  name: 'coordinations.sessions',
  method: 'GET',
  path: '/coordinations/:coordination_uuid/sessions',
  summary: 'List the sessions of a coordination',
  permission: 'sessions:read',
  input: z.strictObject({ coordination_uuid: PathUuid, ...FILTERS }),
  output: pageOf(SessionSummary),
  async run(context, { coordination_uuid, ...input }) {
    await existingCoordination(context.project.partition_key, coordination_uuid);
    return list(context, input, coordination_uuid);
  },
});

type ListInput = z.output<z.ZodObject<typeof FILTERS>>;

async function list(context: OperationContext, input: ListInput, coordination_uuid: string | undefined): Promise<{ data: Array<z.input<typeof SessionSummary>>; next: string | null }> {
  const { status, user_id, created_after } = input;
  const filter = { status, user_id, created_after, coordination_uuid, metadata: metadataEntries(input.metadata) };
  const page = await listSessions(context.project.partition_key, filter, pageRequest(input));
  return { data: page.rows.map((row) => summariseSession(row, context.config)), next: page.next };
}

const getSession = operation({
  name: 'sessions.get',
  method: 'GET',
  path: '/sessions/:session_uuid',
  summary: 'Read a session',
  permission: 'sessions:read',
  input: z.strictObject({ session_uuid: PathUuid, wait: Wait }),
  output: SessionView,
  other_statuses: [202],
  meta_tool: { name: 'get_execution_status' },
  async run(context, { session_uuid, wait }) {
    const ms = waitMs(wait);
    const row = await existingSession(context, session_uuid);
    return ms > 0 ? settle(context, row, ms) : answerSession(context, row);
  },
});

const removeSession = operation({
  name: 'sessions.delete',
  method: 'DELETE',
  path: '/sessions/:session_uuid',
  summary: 'Delete a session that has ended, with `cascade` also what it holds',
  permission: 'sessions:write',
  input: z.strictObject({ session_uuid: PathUuid, cascade: z.boolean().default(false) }),
  output: Nothing,
  status: 204,
  async run(context, { session_uuid, cascade }) {
    const row = await existingSession(context, session_uuid);
    const held = await sessionHolds(row);
    if (!cascade && held.length > 0) {
      throw new EngineError('resource.referenced', 'The session holds records of its work; once it has ended, ?cascade=true deletes them too.', { extra: { referenced_by: held } });
    }
    if (!hasEnded(row.status)) throw new EngineError('session.not_ended', 'The session goes on; cancel it first.');
    await deleteSession(row);
    return null;
  },
});

export const SESSION_OPERATIONS = [startAnySession, listAllSessions, getSession, removeSession, startSessionOf, listSessionsOf];
