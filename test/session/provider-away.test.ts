import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWith } from './bundle-with.ts';
import { countingVendor, type CountingVendor, type VendorReply } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { holdActivities } from './hold-activities.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestPlace, type TestPlace } from './start-test-place.ts';
import { startTestWorker } from './start-test-worker.ts';

let place: TestPlace;
let vendor: CountingVendor;
let reply: VendorReply;
beforeAll(async () => {
  vendor = await countingVendor(() => reply);
  Object.assign(process.env, vendor.env);
  place = await startTestPlace();
});
afterAll(async () => {
  await place.stop();
  await vendor.close();
});

const AGENTS = [
  { name: 'Away', overrides: { model: 'openai/counted' } },
  { name: 'After', after: ['Away'], script: [{ echo: true }] },
  { name: 'Free', script: [{ text: 'free' }] },
];

async function untilItRests(session: StartedSession): Promise<void> {
  await eventually(session.eventTypes, (types) => types.includes('agent.waiting'));
}

test('a vendor that is away longer than one stretch is tried again after a rest, and other branches go on', async () => {
  const worker = await startTestWorker({ place, bundle_path: await bundleWith({ STRETCH_MS: '2_000', PROVIDER_REST_MS: '1_000' }) });
  try {
    reply = { status: 503 };
    const session = await startSession(place, AGENTS);
    await untilItRests(session);
    expect(await session.agent('Free')).toMatchObject({ state: 'completed' });
    expect(await session.agent('Away')).toMatchObject({ state: 'in_progress', ended_at: null });
    reply = { text: 'back' };
    expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
    expect((await session.agent('After')).agent_output).toContain('Output of Away:\nback');
    expect((await session.runs()).filter((run) => run.vendor === 'openai')).toHaveLength(1);
    expectGaplessEvents(await session.events());
  } finally {
    await worker.stop();
  }
});

test('a step whose vendor stays away longer than the step has time fails with what the vendor said', async () => {
  const worker = await startTestWorker({ place, bundle_path: await bundleWith({ PROVIDER_REST_MS: '1_000', STEP_TIME_MS: '2_000' }) });
  try {
    // Longer than a stretch of tries, which ends at once.
    reply = { status: 503, headers: { 'retry-after': '3600' } };
    const session = await startSession(place, AGENTS);
    const row = await session.ended();
    expect(row.status).toBe('failed');
    expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'provider.overloaded', step: 'Away' });
    expect((await session.agents()).map((agent) => agent.state)).toEqual(['failed', 'skipped', 'completed']);
    expectGaplessEvents(await session.events());
  } finally {
    await worker.stop();
  }
});

test('a session whose step rests because its vendor asks for an hour is paused, resumed and cancelled meanwhile', async () => {
  const worker = await startTestWorker({ place });
  try {
    reply = { status: 429, headers: { 'retry-after': '3600' } };
    const session = await startSession(place, AGENTS);
    await untilItRests(session);
    const { state, notes, started_at } = await session.agent('Away');
    expect({ state, notes }).toEqual({ state: 'in_progress', notes: expect.stringContaining('provider.rate_limited') });
    // Once more when the vendor wants it, which is later than the shortest rest and within the step's hour.
    const next = Date.parse(notes.match(/next try is at (.*)\.$/)![1]!) - started_at!.getTime();
    expect(next).toBeGreaterThan(1_800_000);
    await session.handle.signal('pause');
    await session.status('paused');
    await session.handle.signal('resume');
    await session.status('in_progress');
    await session.handle.signal('cancel');
    expect((await session.ended()).status).toBe('cancelled');
    expect((await session.agents()).map((agent) => agent.state)).toEqual(['cancelled', 'cancelled', 'completed']);
    expectGaplessEvents(await session.events());
  } finally {
    await worker.stop();
  }
});

test('a step whose worker was gone for longer than the step has time failed', async () => {
  const holds = holdActivities();
  const bundle_path = await bundleWith({ STRETCH_MS: '2_000', STEP_TIME_MS: '1_500', PROVIDER_REST_MS: '1_000' });
  const worker = await startTestWorker({ place, bundle_path, activityInterceptors: holds.activityInterceptors });
  // The first try is given up by the server, and neither answered nor failed before.
  const first = holds.hold('callModel', 'before');
  try {
    const session = await startSession(place, [{ name: 'Held', script: [{ text: 'late' }] }]);
    await first.reached;
    await untilItRests(session);
    expect(await session.agent('Held')).toMatchObject({ notes: expect.stringContaining('could not be carried out (step.timeout)') });
    expect(await session.ended()).toMatchObject({ status: 'completed', output_json: '"late"' });
  } finally {
    first.release();
    await worker.stop();
  }
});

test('a step whose last try was ended by a shutdown of its worker failed', async () => {
  let shutdowns = 0;
  const worker = await startTestWorker({
    place,
    bundle_path: await bundleWith({ STRETCH_MS: '2_000', PROVIDER_REST_MS: '1_000' }),
    activityInterceptors: [
      ({ info }) => ({
        inbound: {
          async execute(input, next) {
            // With the second, the server's next delay outlasts the stretch.
            if (info.activityType === 'callModel' && (shutdowns += 1) <= 2) throw ApplicationFailure.create({ type: 'WorkerShutdown', message: 'The worker goes.' });
            return next(input);
          },
        },
      }),
    ],
  });
  try {
    const session = await startSession(place, [{ name: 'Ended', script: [{ text: 'whole' }] }]);
    expect(await session.ended()).toMatchObject({ status: 'completed', output_json: '"whole"' });
    expect(await session.eventTypes()).toContain('agent.waiting');
    expect(shutdowns).toBe(3);
  } finally {
    await worker.stop();
  }
});
