import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('a branch that waits for a human does not stop the others', async () => {
  const session = await startSession(
    worker,
    [
      { name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
      { name: 'AfterAsks', after: ['Asks'], script: [{ echo: true }] },
      { name: 'Free', script: [{ delay_ms: 300, text: 'free' }] },
      { name: 'AfterFree', after: ['Free'], script: [{ delay_ms: 300, text: 'after free' }] },
    ],
    // A decision must not hold the only place either.
    { max_parallel: 1 },
  );
  await session.status('wait_for_user_input');
  const states = Object.fromEntries((await session.agents()).map((agent) => [agent.agent_name, agent.state]));
  expect(states).toEqual({ Asks: 'wait_for_user_input', AfterAsks: 'initial', Free: 'completed', AfterFree: 'completed' });
  const decision = await session.pendingDecision('Asks');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  const events = await session.events();
  expectGaplessEvents(events);
  // It waits only once: while the other branch worked, the session was in progress.
  expect(events.filter((event) => event.event_type === 'session.waiting')).toHaveLength(1);
  const waiting = events.findIndex((event) => event.event_type === 'session.waiting');
  const last = events.findIndex((event) => event.event_type === 'agent.completed' && JSON.parse(event.data_json).agent_name === 'AfterFree');
  expect(waiting).toBeGreaterThan(last);
});

test('a decision keeps none of the places of max_parallel, and its time does not count as the session\'s', async () => {
  const asking = Array.from({ length: 3 }, (_, index) => ({ name: `Asks${index}`, action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }));
  const session = await startSession(worker, asking, { max_parallel: 1, timeout_ms: 4_000 });
  await session.status('wait_for_user_input');
  const waitingSince = Date.now();
  expect(await session.decisions()).toHaveLength(3);
  await eventually(async () => Date.now(), (now) => now > waitingSince + 4_000);
  for (const decision of await session.decisions()) await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
});
