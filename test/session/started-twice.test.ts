import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { startSessionWorkflow } from '../../src/operations/session-workflow.ts';
import { deleteSession } from '../../src/records/delete-session.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { listedAsEnded, reconcileAt } from './reconcile-at.ts';
import { createSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const create = (text: string): Promise<StartedSession> => createSession(worker, [{ name: 'Only', script: [{ text }] }]);
const start = async (session: StartedSession): Promise<void> => startSessionWorkflow(worker.client, worker.task_queue, await session.row());
const runIdOf = async ({ handle }: StartedSession): Promise<string> => (await handle.describe()).runId;

test('a starter that was held up until its session had ended does not run it a second time', async () => {
  const session = await create('once');
  await start(session);
  expect((await session.ended()).status).toBe('completed');
  const before = [await runIdOf(session), await session.row(), await session.events()];
  await start(session);
  expect([await runIdOf(session), await session.row(), await session.events()]).toEqual(before);
});

test('of starters at one moment all go on with the one workflow', async () => {
  const session = await create('once');
  await Promise.all(Array.from({ length: 6 }, () => start(session)));
  expect((await session.ended()).status).toBe('completed');
  expect((await session.row()).run_id).toBe(await runIdOf(session));
  expect(await session.runs()).toHaveLength(1);
});

test('a session whose workflow was deleted can be started again', async () => {
  const session = await createSession(worker, [{ name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  await start(session);
  await session.pendingDecision();
  const first = await runIdOf(session);
  await worker.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId: session.workflow_id } });
  await eventually(() => session.handle.describe().then(() => false, (error: unknown) => error instanceof WorkflowNotFoundError), (gone) => gone);
  await start(session);
  expect(await runIdOf(session)).not.toBe(first);
  await session.handle.signal('answer_decision', { decision_uuid: (await session.pendingDecision())._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
});

test('a session_uuid that is used again after its session was deleted runs anew, whoever starts it', async () => {
  const session = await create('first');
  await start(session);
  await session.ended();
  await listedAsEnded(worker, session.workflow_id);
  for (const how of ['started', 'reconciled']) {
    await deleteSession(await session.row());
    // Of another plan: nothing that a worker remembers of the session before may be used.
    const again = await createSession(worker, [{ name: 'One', script: [{ text: '1' }] }, { name: 'Two', after: ['One'], script: [{ text: how }] }], { session_uuid: session.session_uuid });
    if (how === 'started') await start(again);
    else await reconcileAt(worker, Date.now() + 11_000);
    expect(await again.ended()).toMatchObject({ status: 'completed', output_json: JSON.stringify(how) });
    expect((await again.agents()).map((agent) => [agent.agent_name, agent.agent_output])).toEqual([['One', '1'], ['Two', how]]);
    expectGaplessEvents(await again.events());
    await listedAsEnded(worker, session.workflow_id);
  }
});
