import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('a failed agent skips its dependants, the independent branch finishes, and the session tells the first error', async () => {
  const session = await startSession(worker, [
    { name: 'Bad', script: [{ error: { code: 'provider.auth', message: 'The key is wrong.' } }] },
    { name: 'Next', after: ['Bad'] },
    { name: 'Later', after: ['Next', 'Good'] },
    { name: 'Good', script: [{ delay_ms: 500, text: 'good' }] },
    { name: 'Best', after: ['Good'], script: [{ text: 'best' }] },
    { name: 'WorseLater', after: ['Best'], script: [{ error: { code: 'provider.billing', message: 'No money.' } }] },
  ]);
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toEqual({ code: 'provider.auth', message: 'The key is wrong.', step: 'Bad' });
  const agents = await session.agents();
  expect(Object.fromEntries(agents.map((agent) => [agent.agent_name, agent.state]))).toEqual({
    Bad: 'failed', Next: 'skipped', Later: 'skipped', Good: 'completed', Best: 'completed', WorseLater: 'failed',
  });
  const bad = agents[0]!;
  expect(JSON.parse(bad.error_json!)).toEqual({ code: 'provider.auth', message: 'The key is wrong.' });
  expect(bad.notes).toBe('The key is wrong.');
  expect(agents[1]!.notes).toContain('Bad');
  expect(agents[2]!.notes).toContain('Next');
  const description = await session.handle.describe();
  expect(description.status.name).toBe('FAILED');
  await expect(session.handle.result()).rejects.toMatchObject({ cause: { type: 'provider.auth', message: 'The key is wrong.' } });
  const events = await session.events();
  expectGaplessEvents(events);
  const failed = events.filter((event) => event.event_type === 'agent.failed').map((event) => JSON.parse(event.data_json));
  expect(failed.map((data) => [data.agent_name, data.error.code])).toEqual([['Bad', 'provider.auth'], ['WorseLater', 'provider.billing']]);
  expect(events.filter((event) => event.event_type === 'agent.skipped')).toHaveLength(2);
});

test('one failed instance of several skips what waits for all of them', async () => {
  const session = await startSession(
    worker,
    [{ name: 'Many', script: [{ when: 'bad', error: { code: 'provider.refused' } }, { text: 'fine' }] }, { name: 'After', after: ['Many'] }],
    { subtasks: [['Many', 'good one'], ['Many', 'bad one'], ['Many', 'another'], ['After', 'x']] },
  );
  expect((await session.ended()).status).toBe('failed');
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'failed', 'completed', 'skipped']);
});
