import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { appendEvents } from '../records/append-events.ts';
import { settleSession } from '../records/settle-session.ts';
import type { SessionRow } from '../records/session.ts';
import { signalSession } from './ask-temporal.ts';
import type { OperationContext } from './context.ts';
import { answerSession, existingSession } from './existing-session.ts';
import { operation } from './operation.ts';
import { Json, PathUuid } from './schemas/scalars.ts';
import { SessionView } from './schemas/session.ts';
import { cancelSessionWorkflow } from './session-workflow.ts';
import { hasEnded } from './wait-for-session.ts';

async function openSession(context: OperationContext, session_uuid: string): Promise<SessionRow> {
  const row = await existingSession(context, session_uuid);
  if (hasEnded(row.status)) throw ended(row);
  return row;
}

function ended(row: Pick<SessionRow, 'status'>): EngineError {
  return new EngineError('session.ended', `The session has ended (${row.status}); nothing was changed.`, { extra: { session_status: row.status } });
}

/** Signals the workflow; a session that none hears has ended, or has not been started yet. */
async function tell(context: OperationContext, row: SessionRow, signal: { name: string; args: unknown[] }): Promise<void> {
  if (!await signalSession(context.temporal, row.workflow_id, signal)) {
    const now = await existingSession(context, row.session_uuid);
    if (hasEnded(now.status)) throw ended(now);
    throw new EngineError('resource.conflict', 'The session has no workflow at this moment; it is started or settled within seconds. Try again then.');
  }
  context.acted();
}

async function cancel(context: OperationContext, row: SessionRow): Promise<SessionRow> {
  const { session_uuid } = row;
  const isHeard = await cancelSessionWorkflow(context.temporal, context.task_queue, row);
  // Without a workflow there is nothing to abort: the record is ended at once, and none begins for it any more.
  const isSettled = !isHeard && await settleSession(row, { status: 'cancelled', error: null });
  // Where neither came to pass, the workflow began between the two.
  if (!isHeard && !isSettled) await tell(context, await openSession(context, session_uuid), { name: 'cancel', args: [] });
  context.acted();
  if (!isSettled) {
    await appendEvents(row, [{
      event_type: 'session.cancel_requested',
      event_key: `session.cancel_requested/${context.request_id}`,
      source_component: 'api',
      data: { by: context.caller.name },
      message: 'The session is to be cancelled.',
    }]);
  }
  return existingSession(context, session_uuid);
}

async function pauseOrResume(context: OperationContext, session_uuid: string, name: 'pause' | 'resume'): Promise<SessionRow> {
  const row = await openSession(context, session_uuid);
  await tell(context, row, { name, args: [] });
  return row;
}

/** What the three have in common: they act on an open session and answer before the session has acted. */
const CONTROL = {
  method: 'POST',
  permission: 'sessions:write',
  input: z.strictObject({ session_uuid: PathUuid }),
  output: SessionView,
  status: 202,
  idempotent: true,
} as const;

const cancelSession = operation({
  ...CONTROL,
  name: 'sessions.cancel',
  path: '/sessions/:session_uuid/cancel',
  summary: 'Cancel a session: running calls are aborted, what was done stays',
  run: async (context, { session_uuid }) => answerSession(context, await cancel(context, await openSession(context, session_uuid))),
});

const pauseSession = operation({
  ...CONTROL,
  name: 'sessions.pause',
  path: '/sessions/:session_uuid/pause',
  summary: 'Pause a session: running calls finish, nothing new starts',
  run: async (context, { session_uuid }) => answerSession(context, await pauseOrResume(context, session_uuid, 'pause')),
});

const resumeSession = operation({
  ...CONTROL,
  name: 'sessions.resume',
  path: '/sessions/:session_uuid/resume',
  summary: 'Let a paused session go on',
  run: async (context, { session_uuid }) => answerSession(context, await pauseOrResume(context, session_uuid, 'resume')),
});

const MOST_SIGNAL_CHARACTERS = 65_536;

const signalAnySession = operation({
  name: 'sessions.signal',
  method: 'POST',
  path: '/sessions/:session_uuid/signal',
  summary: 'Send a signal as the Temporal Web UI and CLI do',
  description: 'An answer sent so is judged by the session; a refusal is an event. To hear at once whether it counted, use POST /v1/decisions/{decision_uuid}/answer.',
  permission: 'sessions:write',
  input: z.strictObject({
    session_uuid: PathUuid,
    signal: z.enum(['user_input', 'answer_decision', 'pause', 'resume', 'cancel']),
    payload: z.record(z.string().max(255), Json).default({})
      .refine((payload) => JSON.stringify(payload).length <= MOST_SIGNAL_CHARACTERS, 'must have at most 65,536 characters as JSON'),
  }),
  output: SessionView,
  status: 202,
  idempotent: true,
  async run(context, { session_uuid, signal, payload }) {
    const row = await openSession(context, session_uuid);
    const takesPayload = signal === 'user_input' || signal === 'answer_decision';
    if (!takesPayload && Object.keys(payload).length > 0) {
      throw new EngineError('request.invalid', `The signal ${signal} takes no payload.`, { errors: [{ path: 'payload', message: 'Remove it; only user_input and answer_decision take one.' }] });
    }
    // A session that still waits for its start_at sleeps through a plain signal.
    if (signal === 'cancel') return answerSession(context, await cancel(context, row));
    await tell(context, row, { name: signal, args: takesPayload ? [payload] : [] });
    return answerSession(context, row);
  },
});

export const SESSION_CONTROL_OPERATIONS = [cancelSession, pauseSession, resumeSession, signalAnySession];
