import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { waitForSession } from '../../src/operations/wait-for-session.ts';
import { listedAsEnded, reconcileAt } from './reconcile-at.ts';
import { createSession, startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
  const db = mongoose.connection.db!;
  await db.createCollection('system.profile', { capped: true, size: 64 * 1024 * 1024 });
  await db.command({ profile: 2 });
});
afterAll(async () => {
  await mongoose.connection.db!.command({ profile: 0 });
  await worker.stop();
});

const LONG = 1_000_000;
const INPUTS = { input_json: JSON.stringify('x'.repeat(LONG)), context_json: JSON.stringify({ long: 'y'.repeat(LONG) }) };

interface Profiled {
  ns: string;
  ts: Date;
  responseLength?: number;
  planSummary?: string;
  command: Record<string, unknown>;
}

async function profiled(filter: Record<string, unknown>): Promise<Profiled[]> {
  return mongoose.connection.db!.collection<Profiled>('system.profile').find(filter as never).toArray();
}

/** How often the inputs of a session were read since. */
async function longReads(since: Date): Promise<number> {
  return (await profiled({ ns: /\.sessions$/, ts: { $gte: since }, responseLength: { $gt: LONG } })).length;
}

test('the inputs of a session are not read again and again by its steps, its waiting callers and the reconciler', async () => {
  const begun = new Date();
  const session = await startSession(worker, [
    { name: 'First', script: [{ text: 'one', delay_ms: 1_000 }] },
    { name: 'Asks', after: ['First'], action: { user_in_the_loop: 'before' }, script: [{ text: 'two' }] },
    { name: 'Third', after: ['Asks'], script: [{ text: 'three' }] },
  ], INPUTS);
  const row = await session.row();
  expect((await waitForSession(row, 30_000, new AbortController().signal)).settled).toBe(true);
  await reconcileAt(worker, Date.now() + 3_600_000);
  const { _id: decision_uuid } = await session.pendingDecision();
  await session.handle.signal('answer_decision', { decision_uuid, action: 'approve' });
  await session.handle.result();
  // By this test, by the one who waited, when it began, and when it ended.
  const reads = await longReads(begun);
  expect(reads).toBeGreaterThan(1);
  expect(reads).toBeLessThanOrEqual(4);
});

test('the reconciler settles and starts sessions without reading their inputs', async () => {
  const lost = await startSession(worker, [{ name: 'Asks', action: { user_in_the_loop: true }, script: [{ text: 'draft' }] }], INPUTS);
  await lost.pendingDecision();
  await lost.handle.terminate();
  await listedAsEnded(worker, lost.workflow_id);
  const unstarted = await createSession(worker, [{ name: 'Only', script: [{ text: 'x' }] }], INPUTS);
  const begun = new Date();
  await reconcileAt(worker, Date.now() + 11_000);
  await unstarted.handle.result();
  // When the second began, and when it ended.
  expect(await longReads(begun)).toBeLessThanOrEqual(2);
  expect([(await lost.row()).status, (await unstarted.row()).status]).toEqual(['failed', 'completed']);
});

test('no query of a session or of the reconciler scans a collection', async () => {
  const scans = (await profiled({ planSummary: /COLLSCAN/, ns: { $not: /system\.profile$/ } })).map(({ ns, command }) => ({ ns, command }));
  expect(scans).toEqual([]);
});
