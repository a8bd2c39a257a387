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

/** The server gives a silent call up after 10 s; more than one may have to be given up in a row. */
const PATIENCE_MS = 60_000;
const TEST_MS = 150_000;
const COUNTED = { model: 'openai/counted' };

test('a worker that was frozen in its calls and wakes late overwrites nothing: the first stored answer counts', async () => {
  const late = { Slow: (): void => undefined, Quick: (): void => undefined, Ended: (): void => undefined };
  let answerAgain = (): void => undefined;
  const vendor = await countingVendor(async ({ agent_name, number }) => {
    const text = `${agent_name}, answer ${number}`;
    if (!(agent_name in late)) return { text };
    const name = agent_name as keyof typeof late;
    if (number === 1) await new Promise<void>((resolve) => void (late[name] = resolve));
    if (number === 2 && name === 'Slow') await new Promise<void>((resolve) => void (answerAgain = resolve));
    return number === 1 && name === 'Quick' ? { status: 503 } : { text };
  });
  const frozen = await startWorkerProcess(place, vendor.env);
  let awake: Awaited<ReturnType<typeof startWorkerProcess>> | undefined;
  try {
    const session = await startSession(place, [
      { name: 'Slow', overrides: COUNTED },
      { name: 'Quick', overrides: COUNTED },
      { name: 'Last', after: ['Slow', 'Quick'], overrides: COUNTED },
    ]);
    const cancelled = await startSession(place, [{ name: 'Ended', overrides: COUNTED, action: { user_in_the_loop: true } }]);
    await eventually(async () => vendor.requests, (requests) => requests.length === 3);
    // It polls no more, or the server would go on handing work to a process that cannot take it.
    frozen.signal('SIGTERM');
    await frozen.said('the worker drains');
    frozen.signal('SIGSTOP');
    awake = await startWorkerProcess(place, vendor.env);
    await cancelled.handle.signal('cancel');
    await eventually(() => session.agent('Quick'), (agent) => agent.state === 'completed', PATIENCE_MS);
    expect((await cancelled.ended()).status).toBe('cancelled');
    const ofCancelled = async () => [await cancelled.row(), await cancelled.agents(), await cancelled.decisions(), await cancelled.events()];
    const cancelledBefore = await ofCancelled();
    await eventually(async () => vendor.requestsOf('Slow'), (requests) => requests === 2, PATIENCE_MS);
    const ofQuick = async () => [await session.agent('Quick'), (await session.calls()).map((call) => call.failures)];
    const before = await ofQuick();

    // Its answers are there when it wakes, as they are in a socket's buffer: one too late, one while the next is made.
    late.Slow();
    late.Quick();
    late.Ended();
    frozen.signal('SIGCONT');
    expect(await frozen.exited).toBe(0);
    expect(await ofQuick()).toEqual(before);
    expect(await ofCancelled()).toEqual(cancelledBefore);
    expect(await session.agent('Slow')).toMatchObject({ state: 'in_progress' });

    answerAgain();
    expect((await session.ended()).status).toBe('completed');
    const runs = await session.runs();
    expect(runs).toHaveLength(3);
    for (const agent of await session.agents()) expect(agent.agent_output).toBe(runs.find((run) => run.session_agent_uuid === agent._id)!.response_text);
    expect((await session.agent('Quick')).agent_output).toBe('Quick, answer 2');
    expect(vendor.requests.toSorted()).toEqual(['Ended', 'Last', 'Quick', 'Quick', 'Slow', 'Slow']);
    const types = await session.eventTypes();
    expect(types.filter((type) => type === 'agent.completed')).toHaveLength(3);
    expect(types).not.toContain('agent.retrying');
    expectGaplessEvents(await session.events());
  } finally {
    await frozen.end();
    await awake?.end();
    await vendor.close();
  }
}, TEST_MS);

test('an attempt that comes late, before its first write, neither takes its step away from a later one nor wakes an ended session', async () => {
  const holds = holdActivities();
  const worker = await startTestWorker({ place, activityInterceptors: holds.activityInterceptors });
  try {
    // Held where nothing beats, the first attempts are given up by the server.
    const first = holds.hold('callModel', 'before');
    const session = await startSession(place, [{ name: 'Author', script: [{ delay_ms: 3_000, text: 'done' }] }]);
    await first.reached;
    const ofCancelled = holds.hold('callModel', 'before');
    const cancelled = await startSession(place, [{ name: 'Author', script: [{ text: 'late' }] }]);
    await ofCancelled.reached;
    await cancelled.handle.signal('cancel');

    const second = holds.hold('callModel', 'before');
    await second.reached;
    second.release();
    await eventually(() => session.agent('Author'), (agent) => agent.state === 'in_progress');
    first.release();
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    expect(await session.agent('Author')).toMatchObject({ state: 'completed' });
    expect(await session.runs()).toHaveLength(1);
    expectGaplessEvents(await session.events());

    expect((await cancelled.ended()).status).toBe('cancelled');
    const before = [await cancelled.row(), await cancelled.agents(), await cancelled.events()];
    ofCancelled.release();
    await worker.stop();
    expect([await cancelled.row(), await cancelled.agents(), await cancelled.events()]).toEqual(before);
  } finally {
    await worker.stop();
  }
}, TEST_MS);
