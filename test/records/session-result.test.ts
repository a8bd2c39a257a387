import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Plan } from '../../src/plan/plan.ts';
import { connectRecords, disconnectRecords } from '../../src/records/connect.ts';
import { MAX_OUTPUT_BYTES, storeText } from '../../src/records/output.ts';
import { storePlan } from '../../src/records/plan.ts';
import { SessionAgentModel, type SessionAgentRow } from '../../src/records/session-agent.ts';
import { sessionResult } from '../../src/records/session-result.ts';
import { databaseUri } from '../http/api-under-test.ts';

beforeAll(() => connectRecords(databaseUri('session_result')));
afterAll(() => disconnectRecords());

const partition_key = 'local#result';

interface Finished {
  session: { partition_key: string; session_uuid: string; plan_hash: string };
  uuids: string[];
}

/** A session of agents side by side that all completed, with these outputs. */
async function finished(outputs: Array<{ text: string; ref?: string }>, name = (index: number) => `Agent ${index}`): Promise<Finished> {
  const session_uuid = uuidv7();
  const nodes = outputs.map((_, index) => ({ name: name(index), predecessors: [] }));
  const plan_hash = await storePlan(partition_key, { plan_version: 1, nodes } as unknown as Plan);
  const now = new Date();
  const rows = outputs.map(({ text, ref }, node): Partial<SessionAgentRow> => ({
    _id: uuidv7(), partition_key, session_uuid, coordination_uuid: session_uuid, agent_uuid: session_uuid, agent_name: name(node), agent_type: 'task', node, subtask_index: 0,
    agent_action_json: '{}', agent_output: text, agent_output_ref: ref ?? null, in_degree: 0, state: 'completed', thread_uuid: session_uuid, snapshot_hash: '', created_at: now, updated_at: now,
  }));
  if (rows.length > 0) await SessionAgentModel.collection.insertMany(rows as never);
  return { session: { partition_key, session_uuid, plan_hash }, uuids: rows.map(({ _id }) => _id!) };
}

test('10,000 outputs that are too much together: from the first that does not fit, a reference stands in place of each', async () => {
  const text = 'word '.repeat(340);
  const { session, uuids } = await finished(Array.from({ length: 10_000 }, () => ({ text })), (index) => `${'é'.repeat(150)} ${index}`);
  const json = await sessionResult(session);
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
  const values = Object.values(JSON.parse(json) as Record<string, unknown>);
  expect(values).toHaveLength(uuids.length);
  const fit = values.findIndex((value) => value !== text);
  expect(fit).toBeGreaterThan(5_000);
  expect(values.slice(fit)).toEqual(uuids.slice(fit).map((session_agent_uuid) => ({ session_agent_uuid, output_ref: null })));
});

test('no long output is read once it cannot fit any more', async () => {
  const session_uuid = uuidv7();
  const long = 'x'.repeat(80_000);
  const { text, ref } = await storeText({ partition_key, session_uuid, output_uuid: uuidv7() }, long);
  // To read one of these would fail: there is no such output.
  const missing = [uuidv7(), uuidv7()];
  const { session, uuids } = await finished([{ text: 'short' }, { text, ref: ref! }, ...missing.map((gone) => ({ text, ref: gone })), { text: 'short' }]);
  const result = JSON.parse(await sessionResult(session, 120_000)) as Record<string, unknown>;
  expect(Object.values(result)).toEqual([
    'short',
    long,
    ...[2, 3].map((index) => ({ session_agent_uuid: uuids[index], output_ref: missing[index - 2] })),
    { session_agent_uuid: uuids[4], output_ref: null },
  ]);
});

test('an only output whose JSON is larger than what is kept is a reference too', async () => {
  const { session, uuids } = await finished([{ text: '\u0001'.repeat(500) }]);
  expect(JSON.parse(await sessionResult(session, 1_000))).toEqual({ session_agent_uuid: uuids[0], output_ref: null });
  expect(JSON.parse(await sessionResult(session, 4_000))).toBe('\u0001'.repeat(500));
});

test('an answer nested so deeply that it cannot be written as JSON again is given as text', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const { session } = await finished([{ text: deep }, { text: '[[[]]]' }, { text: '{"__proto__":1}' }, { text: '[no JSON' }], (index) => ['__proto__', 'b', 'c', 'd'][index]!);
  const json = await sessionResult(session);
  expect(json).toBe(`{"__proto__":${JSON.stringify(deep)},"b":[[[]]],"c":{"__proto__":1},"d":"[no JSON"}`);
});

test('a session in which nothing ran has no result', async () => {
  const { session } = await finished([]);
  expect(await sessionResult(session)).toBe('null');
});
