import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleWith } from './bundle-with.ts';
import { countingVendor, type CountingVendor, type VendorReply } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

/** Every write of progress once more, each as an attempt that was frozen before it wrote. */
const late: Array<() => Promise<unknown>> = [];
let worker: TestWorker;
let vendor: CountingVendor;
let reply: VendorReply;
beforeAll(async () => {
  vendor = await countingVendor(() => reply);
  Object.assign(process.env, vendor.env);
  worker = await startTestWorker({
    bundle_path: await bundleWith({ STRETCH_MS: '2_000', PROVIDER_REST_MS: '1_000' }),
    activityInterceptors: [
      ({ info }) => ({
        inbound: {
          async execute(input, next) {
            if (info.activityType !== 'writeProgress') return next(input);
            let wake = (): void => undefined;
            // Within the activity's own context, which what a frozen process goes on with has too.
            const woken = new Promise<void>((resolve) => void (wake = resolve)).then(() => next(input));
            late.push(() => {
              wake();
              return woken;
            });
            return next(input);
          },
        },
      }),
    ],
  });
});
afterAll(async () => {
  await worker.stop();
  await vendor.close();
});

/** The attempts wake in the order that does the most harm, the oldest last. */
async function wakeAll(): Promise<void> {
  for (const again of late.splice(0).toReversed()) await again();
}

async function recordsOf(session: StartedSession): Promise<unknown[]> {
  const { updated_at: _, ...row } = await session.row();
  return [row, (await session.agents()).map(({ state, notes }) => ({ state, notes })), (await session.eventTypes()).length];
}

test('a write of progress that was frozen and woke late set an old status', async () => {
  const session = await startSession(worker, [{ name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }]);
  await session.status('wait_for_user_input');
  await session.handle.signal('pause');
  await session.status('paused');
  await session.handle.signal('resume');
  await session.status('wait_for_user_input');
  await eventually(session.eventTypes, (types) => types.filter((type) => type === 'session.waiting').length === 2);
  const before = await recordsOf(session);
  expect(late).toHaveLength(3);
  await wakeAll();
  expect(await recordsOf(session)).toEqual(before);
  await session.handle.signal('cancel');
  expect((await session.ended()).status).toBe('cancelled');
  expectGaplessEvents(await session.events());
});

test('a late word of the rest of a step made one in progress of a step that asks a person', async () => {
  late.splice(0);
  reply = { status: 503 };
  const session = await startSession(worker, [{ name: 'Asks', action: { user_in_the_loop: true }, overrides: { model: 'openai/counted' } }]);
  await eventually(session.eventTypes, (types) => types.includes('agent.waiting'));
  reply = { text: 'back' };
  await session.status('wait_for_user_input');
  await eventually(session.eventTypes, (types) => types.includes('session.waiting'));
  const before = await recordsOf(session);
  expect(await session.agent('Asks')).toMatchObject({ state: 'wait_for_user_input' });
  await wakeAll();
  expect(await recordsOf(session)).toEqual(before);
  await session.handle.signal('cancel');
  await session.ended();
});
