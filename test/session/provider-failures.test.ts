import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SessionRunRow } from '../../src/records/session-run.ts';
import { countingVendor, type CountingVendor, type VendorReply } from './counting-vendor.ts';
import { eventually } from './eventually.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession, type StartedSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
let vendor: CountingVendor;

/** What each agent meets, request by request; the last goes on for ever. */
const REPLIES: Record<string, VendorReply[]> = {
  Refused: [{ status: 401 }],
  Limited: [{ status: 429, headers: { 'retry-after': '1' } }, { text: 'at last' }],
  AtOnce: [{ status: 429, headers: { 'retry-after': '0' } }, { text: 'at last' }],
  Overloaded: [{ status: 529 }, { status: 503 }, { text: 'at last' }],
  Cut: [{ text: 'half a', cut: true }],
  CutOnce: [{ text: 'half a', cut: true }, { text: 'whole' }],
  Waits: [{ status: 429, headers: { 'retry-after': '600' } }],
  Mends: [{ text: 'no JSON' }, { text: '{"n":"x"}' }, { text: '{"n":1}' }],
  Never: [{ text: '{}' }],
  Halfway: [{ text: '{}' }],
};
/** Never says anything, and is never asked again. */
const SILENT = new Promise<VendorReply>(() => undefined);

beforeAll(async () => {
  vendor = await countingVendor(({ agent_name, number }) => {
    if (agent_name === 'Halfway' && number > 1) return SILENT;
    return REPLIES[agent_name]!.at(Math.min(number, REPLIES[agent_name]!.length) - 1)!;
  });
  Object.assign(process.env, vendor.env);
  worker = await startTestWorker();
});
afterAll(async () => {
  await worker.stop();
  await vendor.close();
});

const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false };

function startOne(name: string, overrides: Record<string, unknown> = {}): Promise<StartedSession> {
  return startSession(worker, [{ name, overrides: { model: 'openai/counted', ...overrides } }]);
}

function used(runs: SessionRunRow[]): { input_tokens: number; output_tokens: number } {
  const sum = { input_tokens: 0, output_tokens: 0 };
  for (const { usage } of runs) {
    sum.input_tokens += usage.input_tokens;
    sum.output_tokens += usage.output_tokens;
  }
  return sum;
}

async function retries(session: StartedSession): Promise<Array<{ code: string; failures: number; next_in_ms: number }>> {
  return (await session.events()).filter((event) => event.event_type === 'agent.retrying').map((event) => JSON.parse(event.data_json));
}

test('a wrong key is told at once, and not tried again', async () => {
  const session = await startOne('Refused');
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'provider.auth', step: 'Refused' });
  expect(vendor.requestsOf('Refused')).toBe(1);
  expect(await retries(session)).toEqual([]);
});

test('a vendor that limits or is overloaded is asked again, when it says or later and later', async () => {
  const [limited, overloaded] = await Promise.all([startOne('Limited'), startOne('Overloaded')]);
  expect(await limited.ended()).toMatchObject({ status: 'completed', output_json: '"at last"' });
  expect(vendor.requestsOf('Limited')).toBe(2);
  expect(await retries(limited)).toMatchObject([{ code: 'provider.rate_limited', failures: 1, next_in_ms: 1_000 }]);

  expect(await overloaded.ended()).toMatchObject({ status: 'completed', output_json: '"at last"' });
  expect(vendor.requestsOf('Overloaded')).toBe(3);
  const [first, second] = await retries(overloaded);
  expect([first, second]).toMatchObject([{ code: 'provider.overloaded', failures: 1 }, { code: 'provider.overloaded', failures: 2 }]);
  expect(first!.next_in_ms).toBeLessThanOrEqual(1_000);
  expect(second!.next_in_ms).toBeLessThanOrEqual(2_000);
  expect(await overloaded.calls()).toMatchObject([{ attempts: 3, failures: { provider: 2, stream_cut: 0, other: 0 } }]);
  expect(await overloaded.runs()).toMatchObject([{ attempt: 3, response_text: 'at last' }]);
});

test('a vendor that may be asked again at once was not asked again', async () => {
  const session = await startOne('AtOnce');
  expect(await session.ended()).toMatchObject({ status: 'completed', output_json: '"at last"' });
  expect(await retries(session)).toMatchObject([{ code: 'provider.rate_limited', next_in_ms: 1_000 }]);
  expect(await session.eventTypes()).not.toContain('agent.waiting');
});

test('a stream cut short is tried twice more and no oftener, and nothing of it counts as an answer', async () => {
  const [cut, once] = await Promise.all([startOne('Cut'), startOne('CutOnce')]);
  expect(await once.ended()).toMatchObject({ status: 'completed', output_json: '"whole"' });
  const row = await cut.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'provider.stream_cut', step: 'Cut' });
  expect(vendor.requestsOf('Cut')).toBe(3);
  expect(await cut.runs()).toEqual([]);
  expect(await cut.agent('Cut')).toMatchObject({ state: 'failed', agent_output: null });
  expectGaplessEvents(await cut.events());
});

test('an answer that does not fit its schema gets two turns to be mended, each stored', async () => {
  const [mends, never] = await Promise.all([startOne('Mends', { output_schema: SCHEMA }), startOne('Never', { output_schema: SCHEMA })]);
  expect(await mends.ended()).toMatchObject({ status: 'completed', output_json: '{"n":1}' });
  expect(vendor.requestsOf('Mends')).toBe(3);
  const runs = await mends.runs();
  expect(runs.map((run) => run.response_text)).toEqual(['no JSON', '{"n":"x"}', '{"n":1}']);
  expect(runs[2]!.request_text).toContain('answer/n must be integer');
  expect(runs.map((run) => run.previous_run_uuid)).toEqual([null, runs[0]!._id, runs[1]!._id]);
  expect((await mends.row()).usage).toEqual(used(runs));
  // The input of the step, not of the turn that mended it.
  expect(await mends.agent('Mends')).toMatchObject({ agent_input: 'Do it.', usage: used(runs) });

  const row = await never.ended();
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'provider.output_invalid', message: expect.stringContaining("must have required property 'n'") });
  expect(vendor.requestsOf('Never')).toBe(3);
});

test('paid calls of a step that fails or is cancelled are counted, for it and for its session', async () => {
  const session = await startSession(worker, [
    { name: 'Halfway', overrides: { model: 'openai/counted', output_schema: SCHEMA } },
    { name: 'Never', overrides: { model: 'openai/counted', output_schema: SCHEMA } },
    { name: 'Fine', script: [{ text: 'fine' }] },
  ]);
  await eventually(() => session.agent('Never'), (agent) => agent?.state === 'failed');
  await eventually(async () => vendor.requestsOf('Halfway'), (count) => count === 2);
  await session.handle.signal('cancel');
  const row = await session.ended();
  const runs = await session.runs();
  expect(runs).toHaveLength(5);
  for (const agent of await session.agents()) {
    const own = runs.filter((run) => run.session_agent_uuid === agent._id);
    expect(agent).toMatchObject({ model: own[0]!.model, usage: used(own) });
  }
  expect(used(runs).output_tokens).toBeGreaterThan(0);
  expect(row.usage).toEqual(used(runs));
  const ended = (await session.events()).find((event) => event.event_type === 'session.ended')!;
  expect(JSON.parse(ended.data_json)).toMatchObject(used(runs));
});

test('a session is cancelled while a call waits to be tried again', async () => {
  const session = await startOne('Waits');
  await eventually(session.eventTypes, (types) => types.includes('agent.retrying'));
  await session.handle.signal('cancel');
  expect((await session.ended()).status).toBe('cancelled');
  expect(await session.agent('Waits')).toMatchObject({ state: 'cancelled' });
  expect(vendor.requestsOf('Waits')).toBe(1);
  expectGaplessEvents(await session.events());
});
