import { DecisionModel } from './decision.ts';
import type { DecisionRow } from './decision.ts';
import { EventModel } from './event.ts';
import type { EventRow } from './event.ts';
import { CursorError, findPage } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { SessionAgentModel } from './session-agent.ts';
import type { SessionAgentRow } from './session-agent.ts';
import { SessionRunModel } from './session-run.ts';
import type { SessionRunRow } from './session-run.ts';
import { SessionModel } from './session.ts';
import type { SessionRow } from './session.ts';

function given(filter: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export interface SessionFilter {
  status?: string | undefined;
  coordination_uuid?: string | undefined;
  user_id?: string | undefined;
  created_after?: Date | undefined;
  metadata?: string[] | undefined;
}

const LONG_FIELDS = { subtask_queries_json: 0, input_json: 0, context_json: 0, output_json: 0, logs: 0 } as const;

/** Sessions without what can be long: inputs, outputs and logs are read one by one. */
export async function listSessions(partition_key: string, filter: SessionFilter, request: PageRequest): Promise<Page<SessionRow>> {
  const { created_after, metadata = [], ...plain } = filter;
  return findPage(SessionModel, {
    partition_key,
    ...given(plain),
    ...(created_after === undefined ? {} : { created_at: { $gt: created_after } }),
    ...(metadata.length === 0 ? {} : { metadata_index: { $all: metadata } }),
  }, { ...request, select: LONG_FIELDS });
}

type OfSession = { partition_key: string; session_uuid: string };

export async function listRuns({ partition_key, session_uuid }: OfSession, filter: { session_agent_uuid?: string | undefined }, request: PageRequest): Promise<Page<SessionRunRow>> {
  return findPage(SessionRunModel, { partition_key, session_uuid, ...given(filter) }, request);
}

export async function listDecisions(partition_key: string, filter: { session_uuid?: string | undefined; status?: string | undefined }, request: PageRequest): Promise<Page<DecisionRow>> {
  return findPage(DecisionModel, { partition_key, ...given(filter) }, request);
}

/** The pending decisions of a session, oldest first; at most 100. */
export async function pendingDecisions({ partition_key, session_uuid }: OfSession, session_agent_uuid?: string): Promise<DecisionRow[]> {
  return DecisionModel.find({ partition_key, session_uuid, status: 'pending', ...given({ session_agent_uuid }) }).sort({ created_at: 1, _id: 1 }).limit(100).lean<DecisionRow[]>();
}

export async function findDecision(partition_key: string, decision_uuid: string): Promise<DecisionRow | null> {
  return DecisionModel.findOne({ partition_key, _id: decision_uuid }).lean<DecisionRow>();
}

export async function findSessionAgent({ partition_key, session_uuid }: OfSession, session_agent_uuid: string): Promise<SessionAgentRow | null> {
  return SessionAgentModel.findOne({ partition_key, session_uuid, _id: session_agent_uuid }).lean<SessionAgentRow>();
}

/** All agents of a session were made in one moment, so they come in the order of the plan, then of their subtasks. */
export async function listSessionAgents(session: OfSession, filter: { state?: string | undefined; agent_uuid?: string | undefined }, request: PageRequest): Promise<Page<SessionAgentRow>> {
  const direction = request.order === '-created_at' ? -1 : 1;
  const operator = direction === 1 ? '$gt' : '$lt';
  const after = request.after === undefined ? undefined : numbers(request.after, 2);
  const beyond = after === undefined ? {} : { $or: [{ node: { [operator]: after[0] } }, { node: after[0]!, subtask_index: { [operator]: after[1] } }] };
  const rows = await SessionAgentModel
    .find({ partition_key: session.partition_key, session_uuid: session.session_uuid, ...given(filter), ...beyond })
    .sort({ node: direction, subtask_index: direction })
    .limit(request.limit + 1)
    .lean<SessionAgentRow[]>();
  return cut(rows, request.limit, (row) => `${row.node}.${row.subtask_index}`);
}

/** Events in the order in which they happened. */
export async function listEvents(session: OfSession, filter: { event_type?: string | undefined; severity?: string | undefined }, request: PageRequest): Promise<Page<EventRow>> {
  const direction = request.order === '-created_at' ? -1 : 1;
  const after = request.after === undefined ? undefined : numbers(request.after, 1)[0];
  const rows = await EventModel
    .find({
      partition_key: session.partition_key,
      session_uuid: session.session_uuid,
      ...given(filter),
      ...(after === undefined ? {} : { seq: direction === 1 ? { $gt: after } : { $lt: after } }),
    })
    .sort({ seq: direction })
    .limit(request.limit + 1)
    .lean<EventRow[]>();
  return cut(rows, request.limit, (row) => String(row.seq));
}

function cut<Row>(rows: Row[], limit: number, cursor: (row: Row) => string): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? Buffer.from(cursor(last)).toString('base64url') : null };
}

function numbers(cursor: string, count: number): number[] {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!/^\d{1,9}(\.\d{1,9})*$/.test(text) || text.split('.').length !== count) throw new CursorError('The cursor was not given by this API');
  return text.split('.').map(Number);
}
