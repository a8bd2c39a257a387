import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { countingVendor, type CountingVendor } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type TestAgent } from './run-session.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';
import { startWorkerProcess } from './worker-process.ts';

let place: TestPlace;
beforeAll(async () => {
  place = await startTestPlace();
});
afterAll(() => place.stop());

/** Calls of a killed worker are given up after 10 s, and two processes have to start. */
const TEST_MS = 120_000;
const COUNTED = { model: 'openai/counted' };

/** Four branches of four agents each, one after another, between a beginning and an end of two each. */
function twentyAgents(): TestAgent[] {
  const agent = (name: string, after: string[]): TestAgent => ({ name, after, overrides: COUNTED });
  const branches = ['A', 'B', 'C', 'D'].flatMap((branch) => [1, 2, 3, 4].map((step) => agent(`${branch}${step}`, [step === 1 ? 'Start2' : `${branch}${step - 1}`])));
  return [agent('Start1', []), agent('Start2', ['Start1']), ...branches, agent('End1', ['A4', 'B4', 'C4', 'D4']), agent('End2', ['End1'])];
}

test('a worker killed in the middle of 20 agents and started again completes the session, and no completed agent is called again', async () => {
  const vendor: CountingVendor = await countingVendor(async ({ agent_name, number }) => {
    // Branches that take different times, so that the kill meets some agents in flight and some between two writes.
    await sleep(100 + 60 * (agent_name.charCodeAt(0) % 4));
    return { text: `${agent_name} ${number}` };
  });
  const killed = await startWorkerProcess(place, vendor.env);
  let again: Awaited<ReturnType<typeof startWorkerProcess>> | undefined;
  try {
    const session = await startSession(place, twentyAgents());
    await eventually(session.runs, (runs) => runs.length >= 7);
    killed.signal('SIGKILL');
    expect(await killed.exited).toBe('SIGKILL');
    const done = await session.runs();
    expect(done.length).toBeLessThan(20);
    expect((await session.row()).status).toBe('in_progress');

    again = await startWorkerProcess(place, vendor.env);
    expect((await session.ended()).status).toBe('completed');
    const agents = await session.agents();
    expect(agents.map((agent) => agent.state)).toEqual(Array(20).fill('completed'));
    // What had been stored is the answer, and its vendor was asked once.
    const runs = await session.runs();
    expect(runs).toHaveLength(20);
    for (const run of done) {
      expect(runs.find(({ _id }) => _id === run._id)).toEqual(run);
      expect(vendor.requestsOf(agents.find(({ _id }) => _id === run.session_agent_uuid)!.agent_name)).toBe(1);
    }
    for (const { agent_name } of agents) expect(vendor.requestsOf(agent_name)).toBeLessThanOrEqual(2);
    const events = await session.events();
    expectGaplessEvents(events);
    expect(events.filter((event) => event.event_type === 'agent.completed')).toHaveLength(20);
  } finally {
    await killed.end();
    await again?.end();
    await vendor.close();
  }
}, TEST_MS);

test('a worker told to end lets its running call finish, which is neither aborted nor paid again', async () => {
  let finish = (): void => undefined;
  const vendor = await countingVendor(async ({ agent_name }) => {
    if (agent_name === 'Slow') await new Promise<void>((resolve) => void (finish = resolve));
    return {};
  });
  const drained = await startWorkerProcess(place, vendor.env);
  let next: Awaited<ReturnType<typeof startWorkerProcess>> | undefined;
  try {
    const session = await startSession(place, [
      { name: 'Slow', overrides: COUNTED },
      { name: 'Last', after: ['Slow'], overrides: COUNTED },
    ]);
    await eventually(async () => vendor.requests, (requests) => requests.length === 1);
    drained.signal('SIGTERM');
    await drained.said('the worker drains');
    expect(await session.runs()).toEqual([]);
    finish();
    expect(await drained.exited).toBe(0);
    expect((await session.agent('Slow')).state).toBe('completed');

    next = await startWorkerProcess(place, vendor.env);
    expect((await session.ended()).status).toBe('completed');
    expect(vendor.requests).toEqual(['Slow', 'Last']);
    expect((await session.runs()).map((run) => run.attempt)).toEqual([1, 1]);
  } finally {
    await drained.end();
    await next?.end();
    await vendor.close();
  }
}, TEST_MS);
