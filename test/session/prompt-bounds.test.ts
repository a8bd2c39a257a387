import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OutputModel } from '../../src/records/output.ts';
import { startSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const TOO_MUCH = { code: 'provider.context_exceeded', step: 'Reader', message: expect.stringContaining('12000000 characters') };

test('outputs that are too much for a prompt together fail their step before all of them are read', async () => {
  const sources = Array.from({ length: 5 }, (_, index): TestAgent => ({ name: `Source ${index}`, script: [{ output_bytes: 5_000_000 }] }));
  const session = await startSession(worker, [...sources, { name: 'Stays', action: { user_in_the_loop: true } }, { name: 'Reader', after: [...sources.map(({ name }) => name), 'Stays'] }]);
  const { _id } = await session.pendingDecision('Stays');
  await session.status('wait_for_user_input');
  // To read the last one would fail as `resource.not_found`.
  const { agent_output_ref } = await session.agent('Source 4');
  await OutputModel.deleteOne({ _id: agent_output_ref!, partition_key: worker.partition_key });
  await session.handle.signal('answer_decision', { decision_uuid: _id, action: 'approve' });
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject(TOO_MUCH);
});

test('what the thread of a step holds counts as part of its prompt', async () => {
  const session = await startSession(worker, [
    { name: 'First', script: [{ output_bytes: 7_000_000 }] },
    { name: 'Reader', after: ['First'], action: { primary_path: true } },
  ]);
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject(TOO_MUCH);
});

test('a session whose outputs are too much together completes, and names where the rest of them stands', async () => {
  const session = await startSession(worker, Array.from({ length: 5 }, (_, index): TestAgent => ({ name: `Sink ${index}`, script: [index === 4 ? { text: 'short' } : { output_bytes: 5_000_000 }] })));
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'completed', error_json: null, output_json: null });
  const output = JSON.parse((await OutputModel.findOne({ _id: row.output_ref!, partition_key: worker.partition_key }))!.text) as Record<string, unknown>;
  const agents = await session.agents();
  expect(Object.values(output).map((value) => (typeof value === 'string' ? value.length : value))).toEqual([
    5_000_000, 5_000_000, 5_000_000,
    { session_agent_uuid: agents[3]!._id, output_ref: agents[3]!.agent_output_ref },
    { session_agent_uuid: agents[4]!._id, output_ref: null },
  ]);
});
