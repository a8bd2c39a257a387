import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { connectRecords, disconnectRecords, ensureIndexes } from '../../src/records/connect.ts';
import { SessionRunModel, type SessionRunRow } from '../../src/records/session-run.ts';
import { runsBackFrom } from '../../src/records/thread.ts';
import { databaseUri } from '../http/api-under-test.ts';

beforeAll(async () => {
  await connectRecords(databaseUri('thread'));
  await ensureIndexes();
});
afterAll(() => disconnectRecords());

const partition_key = 'local#thread';
const thread_uuid = uuidv7();

function run(previous_run_uuid: string | null, more: Partial<SessionRunRow> = {}): Partial<SessionRunRow> {
  return { _id: uuidv7(), partition_key, session_uuid: thread_uuid, thread_uuid, previous_run_uuid, request_text: 'asked', response_text: 'said', ...more };
}

/** How many documents the database looked at for what `work` read. */
async function looked(work: () => Promise<unknown>): Promise<number> {
  const { db } = mongoose.connection;
  await db!.command({ profile: 2 });
  await work();
  await db!.command({ profile: 0 });
  const seen = await db!.collection('system.profile').find({ ns: /session_runs$/ }).toArray();
  await db!.collection('system.profile').drop();
  expect(seen.length).toBeGreaterThan(0);
  return seen.reduce((sum, { docsExamined }) => sum + Number(docsExamined ?? 0), 0);
}

async function read(run_uuid: string, most = Infinity): Promise<string[]> {
  const seen: string[] = [];
  for await (const { _id } of runsBackFrom(partition_key, run_uuid)) {
    seen.push(_id);
    if (seen.length === most) break;
  }
  return seen;
}

test('of a thread that 3,000 agents continue side by side, a step reads what leads to it alone', async () => {
  const root = run(null);
  const siblings = Array.from({ length: 3_000 }, () => run(root._id!));
  const last = run(siblings[7]!._id!);
  await SessionRunModel.collection.insertMany([root, ...siblings, last] as never);
  let path: string[] = [];
  expect(await looked(async () => (path = await read(last._id!)))).toBeLessThan(10);
  expect(path).toEqual([last._id, siblings[7]!._id, root._id]);
});

test('a long thread is read as far as it is asked, and no run of another project is in it', async () => {
  const foreign = run(null, { partition_key: 'local#other' });
  const chain: Array<Partial<SessionRunRow>> = [];
  for (let index = 0; index < 200; index += 1) chain.push(run(chain.at(-1)?._id ?? foreign._id!, { response_text: 'x'.repeat(50_000) }));
  await SessionRunModel.collection.insertMany([foreign, ...chain] as never);
  const newestFirst = chain.map(({ _id }) => _id).reverse();
  expect(await read(newestFirst[0]!)).toEqual(newestFirst);
  let some: string[] = [];
  expect(await looked(async () => (some = await read(newestFirst[0]!, 5)))).toBeLessThan(60);
  expect(some).toEqual(newestFirst.slice(0, 5));
});
