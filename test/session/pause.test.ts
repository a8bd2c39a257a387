import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atRest } from './at-rest.ts';
import { countingVendor, type CountingVendor, type VendorReply } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type TestAgent } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
let vendor: CountingVendor;
let finish = (): void => undefined;
beforeAll(async () => {
  vendor = await countingVendor(({ agent_name }) =>
    agent_name === 'Running' ? new Promise<VendorReply>((resolve) => void (finish = () => resolve({ text: 'it ran on' }))) : { text: 'fine' },
  );
  Object.assign(process.env, vendor.env);
  worker = await startTestWorker();
});
afterAll(async () => {
  await worker.stop();
  await vendor.close();
});

const COUNTED = { model: 'openai/counted' };
const TEAM: TestAgent[] = [
  { name: 'Running', overrides: COUNTED },
  { name: 'Next', after: ['Running'], overrides: COUNTED },
  { name: 'Asks', after: ['Running'], overrides: COUNTED, action: { user_in_the_loop: 'before' } },
];

async function startRunning() {
  vendor.requests.length = 0;
  const session = await startSession(worker, TEAM);
  await eventually(async () => vendor.requests, (requests) => requests.length === 1);
  return session;
}

test('while a session is paused its running call finishes, nothing new starts and nobody is asked; resumed it goes on', async () => {
  const session = await startRunning();
  await session.handle.signal('pause');
  await session.status('paused');
  finish();
  await eventually(() => session.agent('Running'), (agent) => agent.state === 'completed');
  await atRest(session);
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['completed', 'initial', 'initial']);
  expect(vendor.requests).toEqual(['Running']);
  expect(await session.decisions()).toEqual([]);
  await session.handle.signal('resume');
  const decision = await session.pendingDecision('Asks');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  expect((await session.ended()).status).toBe('completed');
  expect(vendor.requests.toSorted()).toEqual(['Asks', 'Next', 'Running']);
  expectGaplessEvents(await session.events());
});

test('an answer to a paused session is taken, and works once it is resumed', async () => {
  const session = await startSession(worker, [
    { name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] },
    { name: 'Last', after: ['Asks'], script: [{ echo: true }] },
  ]);
  const decision = await session.pendingDecision('Asks');
  await session.status('wait_for_user_input');
  await session.handle.signal('pause');
  await session.status('paused');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'answer', input: 'shorter' });
  await eventually(() => session.agent('Asks'), (agent) => agent.state === 'completed');
  await atRest(session);
  expect(await session.row()).toMatchObject({ status: 'paused' });
  expect(await session.agent('Last')).toMatchObject({ state: 'initial' });
  await session.handle.signal('resume');
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agent('Last')).agent_output).toContain('shorter');
  const types = await session.eventTypes();
  expect(types.filter((type) => type.startsWith('session.'))).toEqual(['session.started', 'session.waiting', 'session.paused', 'session.resumed', 'session.ended']);
});

test('a paused session can be cancelled, its running call too', async () => {
  const session = await startRunning();
  await session.handle.signal('pause');
  await session.status('paused');
  await session.handle.signal('cancel');
  expect((await session.ended()).status).toBe('cancelled');
  expect((await session.agents()).map((agent) => agent.state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(vendor.requests).toEqual(['Running']);
  expectGaplessEvents(await session.events());
});
