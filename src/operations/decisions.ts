import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { DECISION_ACTIONS } from '../plan/plan.ts';
import { answerDecisionRecord } from '../records/answer-decision.ts';
import { DECISION_STATUSES } from '../records/decision.ts';
import type { DecisionAnswer, DecisionRow } from '../records/decision.ts';
import { tellDecision } from '../records/tell-decision.ts';
import { findDecision, listDecisions, pendingDecisions } from '../records/session-pages.ts';
import { signalSession } from './ask-temporal.ts';
import type { OperationContext } from './context.ts';
import { existingSession } from './existing-session.ts';
import { notFound } from './not-found.ts';
import { operation } from './operation.ts';
import { LIST_FIELDS, pageRequest } from './schemas/list.ts';
import { Json, pageOf, PathUuid } from './schemas/scalars.ts';
import { DecisionView } from './schemas/session.ts';
import { existingSessionAgent } from './session-details.ts';
import { toEngineError } from './to-engine-error.ts';
import { viewDecision } from './views.ts';

const Comment = z.string().max(4_000).nullable().default(null);
const Status = z.enum(DECISION_STATUSES).optional();

const listAllDecisions = operation({
  name: 'decisions.list',
  method: 'GET',
  path: '/decisions',
  summary: 'List the questions to people',
  permission: 'decisions:read',
  input: z.strictObject({ ...LIST_FIELDS, status: Status, session_uuid: PathUuid.optional() }),
  output: pageOf(DecisionView),
  async run(context, { status, session_uuid, ...list }) {
    const page = await listDecisions(context.project.partition_key, { status, session_uuid }, pageRequest(list));
    return { data: page.rows.map(viewDecision), next: page.next };
  },
});

const listDecisionsOfSession = operation({
  name: 'sessions.decisions',
  method: 'GET',
  path: '/sessions/:session_uuid/decisions',
  summary: 'List the questions of a session to people',
  permission: 'decisions:read',
  input: z.strictObject({ session_uuid: PathUuid, ...LIST_FIELDS, status: Status }),
  output: pageOf(DecisionView),
  async run(context, { session_uuid, status, ...list }) {
    await existingSession(context, session_uuid);
    const page = await listDecisions(context.project.partition_key, { status, session_uuid }, pageRequest(list));
    return { data: page.rows.map(viewDecision), next: page.next };
  },
});

const getDecision = operation({
  name: 'decisions.get',
  method: 'GET',
  path: '/decisions/:decision_uuid',
  summary: 'Read a question to a person',
  permission: 'decisions:read',
  input: z.strictObject({ decision_uuid: PathUuid }),
  output: DecisionView,
  async run(context, { decision_uuid }) {
    return viewDecision(await existingDecision(context, decision_uuid));
  },
});

async function existingDecision(context: OperationContext, decision_uuid: string): Promise<DecisionRow> {
  const row = await findDecision(context.project.partition_key, decision_uuid);
  if (row === null) throw notFound('decision', 'decision_uuid', 'GET /v1/decisions');
  return row;
}

const answerDecision = operation({
  name: 'decisions.answer',
  method: 'POST',
  path: '/decisions/:decision_uuid/answer',
  summary: 'Answer a question; the answer to this request says whether it counted',
  permission: 'decisions:write',
  input: z.strictObject({
    decision_uuid: PathUuid,
    action: z.enum(DECISION_ACTIONS),
    input: Json.optional().describe('What the person says. With `edit` it replaces the output; with `answer` and `approve` it goes on: before the run into the prompt, after it to the successors, beside the output.'),
    comment: Comment,
  }),
  output: DecisionView,
  idempotent: true,
  async run(context, { decision_uuid, action, input, comment }) {
    await existingDecision(context, decision_uuid);
    return answer(context, decision_uuid, { action, input, comment });
  },
});

const giveUserInput = operation({
  name: 'sessions.input',
  method: 'POST',
  path: '/sessions/:session_uuid/session-agents/:session_agent_uuid/input',
  summary: 'Answer the only question of an agent',
  permission: 'decisions:write',
  input: z.strictObject({
    session_uuid: PathUuid,
    session_agent_uuid: PathUuid,
    user_input: Json.describe('What the person says; the same as `input` with the action `answer`.'),
    comment: Comment,
  }),
  output: DecisionView,
  idempotent: true,
  async run(context, { session_uuid, session_agent_uuid, user_input, comment }) {
    const session = await existingSession(context, session_uuid);
    await existingSessionAgent(session, session_agent_uuid);
    const pending = await pendingDecisions(session, session_agent_uuid);
    const [only] = pending;
    if (only === undefined) throw new EngineError('decision.none_pending', 'The agent asks nothing at this moment; nothing was changed.', { extra: { decision_uuids: [] } });
    if (pending.length > 1) {
      throw new EngineError('decision.several_pending', 'The agent asks several things; answer one by POST /v1/decisions/{decision_uuid}/answer.', { extra: { decision_uuids: pending.map((row) => row._id) } });
    }
    return answer(context, only._id, { action: 'answer', input: user_input, comment });
  },
});

type Given = Pick<DecisionAnswer, 'action' | 'input' | 'comment'>;

/** The record has the say; the session is told, and told again by the reconciler where it did not hear. Then it also tells the event. */
async function answer(context: OperationContext, decision_uuid: string, given: Given): Promise<z.input<typeof DecisionView>> {
  const row = await record(context, decision_uuid, { ...given, answered_by: context.caller.name, answered_through: 'api', answer_uuid: context.resource_uuid });
  context.acted();
  try {
    await tellDecision(row);
    await signalSession(context.temporal, row.workflow_id, { name: 'decision_changed', args: [{ decision_uuid }] });
  } catch (error) {
    context.log.warn({ err: error, decision_uuid, session_uuid: row.session_uuid }, 'the session could not be told of an answer; the reconciler tells it');
  }
  return viewDecision(row);
}

async function record(context: OperationContext, decision_uuid: string, answer: DecisionAnswer): Promise<DecisionRow> {
  try {
    return await answerDecisionRecord({ partition_key: context.project.partition_key, decision_uuid }, answer);
  } catch (error) {
    // The write may have counted before its answer was lost: the next try under the same Idempotency-Key finds that out.
    if (toEngineError(error).code === 'unavailable.mongodb') context.acted();
    throw error;
  }
}

export const DECISION_OPERATIONS = [listAllDecisions, getDecision, answerDecision, listDecisionsOfSession, giveUserInput];
