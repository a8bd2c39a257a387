import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { EventModel } from '../../src/records/event.ts';
import { settleSession } from '../../src/records/settle-session.ts';
import { SessionModel, sessionWorkflowId } from '../../src/records/session.ts';
import { ThreadModel } from '../../src/records/thread.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { createSession, startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const AGENTS = [{ name: 'First' }, { name: 'Second', after: ['First'] }];

async function expectNothingMade(session: StartedSession): Promise<void> {
  expect(await session.agents()).toEqual([]);
  expect(await session.calls()).toEqual([]);
  expect(await ThreadModel.find({ partition_key: session.partition_key, session_uuid: session.session_uuid })).toEqual([]);
  const { status, searchAttributes } = await session.handle.describe();
  expect(status.name).toBe('FAILED');
  expect(searchAttributes.AceStatus).toEqual(['failed']);
}

test('a session whose plan is gone fails with that, and nothing else is made', async () => {
  const session = await startSession(worker, AGENTS, { plan_hash: '0'.repeat(64) });
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'failed', ended_at: expect.any(Date), output_json: null });
  expect(JSON.parse(row.error_json!)).toEqual({ code: 'session.internal', message: `The plan ${'0'.repeat(64)} is gone.` });
  await expectNothingMade(session);
  expectGaplessEvents(await session.events());
  await expect(session.handle.result()).rejects.toMatchObject({ cause: { type: 'session.internal' } });
});

test('a session whose subtask queries name nobody fails with the reason, and nothing else is made', async () => {
  const session = await startSession(worker, AGENTS, { subtasks: [['Nobody', 'go']] });
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'definition.invalid', message: expect.stringContaining('Nobody') });
  await expectNothingMade(session);
});

test('a workflow without a session record fails and writes nothing', async () => {
  const session_uuid = uuidv7();
  const { partition_key } = worker;
  const handle = await worker.client.workflow.start('session', {
    workflowId: sessionWorkflowId(partition_key, session_uuid), taskQueue: worker.task_queue, args: [{ partition_key, session_uuid }],
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'session.internal', message: 'The record of the session is gone.' } });
  expect(await SessionModel.find({ partition_key, session_uuid })).toEqual([]);
  expect(await EventModel.find({ partition_key, session_uuid })).toEqual([]);
});

test('a session that was cancelled while its workflow was being started stays cancelled', async () => {
  const session = await createSession(worker, AGENTS);
  expect(await settleSession(await session.row(), { status: 'cancelled', error: null })).toBe(true);
  await worker.client.workflow.start('session', {
    workflowId: session.workflow_id, taskQueue: worker.task_queue, args: [{ partition_key: session.partition_key, session_uuid: session.session_uuid }],
  });
  expect(await session.ended()).toMatchObject({ status: 'cancelled' });
  await expectNothingMade(session);
  expectGaplessEvents(await session.events());
});
