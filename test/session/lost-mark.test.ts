import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SessionAgentModel } from '../../src/records/session-agent.ts';
import { eventually } from './eventually.ts';
import { startSession } from './run-session.ts';
import type { StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

/** As a mongod that is killed leaves it: the mark that a step is in progress waits for no majority. */
async function loseMark(session: StartedSession, name: string): Promise<void> {
  const { _id, partition_key } = await eventually(() => session.agent(name), (agent) => agent?.state === 'in_progress');
  await SessionAgentModel.updateOne({ _id, partition_key }, { $set: { state: 'initial', run_id: null, fence: null }, $unset: { started_at: 1 } });
}

test('a step whose mark was lost with a killed mongod ends as its model said', async () => {
  const session = await startSession(worker, [{ name: 'A', script: [{ text: 'done', delay_ms: 700 }] }, { name: 'B', after: ['A'], script: [{ text: 'next' }] }]);
  await loseMark(session, 'A');
  expect((await session.ended()).status).toBe('completed');
  const agent = await session.agent('A');
  expect(agent).toMatchObject({ state: 'completed', agent_output: 'done' });
  expect(agent.started_at).toBeInstanceOf(Date);
  expect(agent.run_id).not.toBeNull();
});

test('a step whose mark was lost is tried again after a failure', async () => {
  const session = await startSession(worker, [{ name: 'A', script: [{ times: 1, delay_ms: 700, error: { code: 'provider.overloaded' } }, { text: 'done' }] }]);
  await loseMark(session, 'A');
  expect((await session.ended()).status).toBe('completed');
  expect(await session.agent('A')).toMatchObject({ state: 'completed', agent_output: 'done' });
});
