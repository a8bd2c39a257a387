import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { countingVendor } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { holdActivities } from './hold-activities.ts';
import { startSession } from './run-session.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';
import { startTestWorker } from './start-test-worker.ts';
import { startWorkerProcess } from './worker-process.ts';

let place: TestPlace;
beforeAll(async () => {
  place = await startTestPlace();
});
afterAll(() => place.stop());

const COUNTED = { model: 'openai/counted' };

test('a worker that was frozen in its call and wakes after the session ended changes nothing', async () => {
  let answerLate = (): void => undefined;
  const vendor = await countingVendor(async ({ agent_name, number }) => {
    if (agent_name === 'Frozen' && number === 1) await new Promise<void>((resolve) => void (answerLate = resolve));
    return { text: `${agent_name}, answer ${number}` };
  });
  const frozen = await startWorkerProcess(place, vendor.env);
  let awake: Awaited<ReturnType<typeof startWorkerProcess>> | undefined;
  try {
    const session = await startSession(place, [
      { name: 'Frozen', overrides: COUNTED },
      { name: 'Last', after: ['Frozen'], overrides: COUNTED },
    ]);
    await eventually(async () => vendor.requests, (requests) => requests.length === 1);
    // It polls no more, or the server would go on handing work to a process that cannot take it.
    frozen.signal('SIGTERM');
    await frozen.said('the worker drains');
    frozen.signal('SIGSTOP');
    awake = await startWorkerProcess(place, vendor.env);
    expect((await session.ended()).status).toBe('completed');
    const before = [await session.row(), await session.agents(), await session.runs(), await session.events()];

    // Its answer is there when it wakes, as it is in a socket's buffer.
    answerLate();
    frozen.signal('SIGCONT');
    expect(await frozen.exited).toBe(0);
    expect([await session.row(), await session.agents(), await session.runs(), await session.events()]).toEqual(before);
    expect((await session.runs()).map((run) => [run.response_text, run.attempt])).toEqual([['Frozen, answer 2', 2], ['Last, answer 1', 1]]);
    expectGaplessEvents(await session.events());
  } finally {
    await frozen.end();
    await awake?.end();
    await vendor.close();
  }
});

test('an attempt that comes late, before its first write, does not take the step away from the one that runs it', async () => {
  const holds = holdActivities();
  const worker = await startTestWorker({ place, activityInterceptors: holds.activityInterceptors });
  try {
    // Held where nothing beats, the first attempt is given up by the server.
    const first = holds.hold('callModel', 'before');
    const session = await startSession(place, [{ name: 'Author', script: [{ delay_ms: 3_000, text: 'done' }] }]);
    await first.reached;
    const second = holds.hold('callModel', 'before');
    await second.reached;
    second.release();
    await eventually(() => session.agent('Author'), (agent) => agent.state === 'in_progress');
    first.release();
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    expect(await session.agent('Author')).toMatchObject({ state: 'completed' });
    expect(await session.runs()).toHaveLength(1);
    expectGaplessEvents(await session.events());
  } finally {
    await worker.stop();
  }
});

test('what a call comes to after its session was ended is told by no event', async () => {
  const holds = holdActivities();
  const worker = await startTestWorker({ place, activityInterceptors: holds.activityInterceptors });
  try {
    const first = holds.hold('callModel', 'before');
    const session = await startSession(place, [{ name: 'Author', script: [{ text: 'late' }] }]);
    await first.reached;
    await session.handle.signal('cancel');
    // Nothing beats, so the server gives the call up; a cancelled call is not tried again.
    expect((await session.ended()).status).toBe('cancelled');
    const before = [await session.row(), await session.agents(), await session.events()];
    first.release();
    await worker.stop();
    expect([await session.row(), await session.agents(), await session.events()]).toEqual(before);
  } finally {
    await worker.stop().catch(() => undefined);
  }
});
