import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('an agent on the primary path continues the thread of its first predecessor and sees its history', async () => {
  const session = await startSession(worker, [
    { name: 'First', script: [{ text: 'answer of First' }] },
    { name: 'Side', script: [{ text: 'answer of Side' }] },
    { name: 'Second', after: ['First', 'Side'], action: { primary_path: true }, script: [{ text: 'answer of Second' }] },
    { name: 'Third', after: ['Second'], action: { primary_path: true }, script: [{ echo: true }] },
  ]);
  expect((await session.ended()).status).toBe('completed');
  const [first, side, second, third] = await session.agents();
  expect(second!.thread_uuid).toBe(first!.thread_uuid);
  expect(third!.thread_uuid).toBe(first!.thread_uuid);
  expect(side!.thread_uuid).not.toBe(first!.thread_uuid);
  // The prompt of Third: its instructions, the two turns before it in their order, its own message.
  const seen = third!.agent_output!;
  const places = ['You are Third.', 'answer of First', 'Output of Side:', 'answer of Second', 'Output of Second:'].map((text) => seen.indexOf(text));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  const runs = await session.runs();
  const byAgent = new Map(runs.map((run) => [run.session_agent_uuid, run]));
  expect(byAgent.get(third!._id)!.previous_run_uuid).toBe(byAgent.get(second!._id)!._id);
  expect(byAgent.get(second!._id)!.previous_run_uuid).toBe(byAgent.get(first!._id)!._id);
});

test('two agents that continue one thread side by side do not see each other', async () => {
  const session = await startSession(worker, [
    { name: 'Root', script: [{ text: 'root answer' }] },
    { name: 'Left', after: ['Root'], action: { primary_path: true }, script: [{ text: 'left secret' }] },
    { name: 'Right', after: ['Root'], action: { primary_path: true }, script: [{ delay_ms: 400, echo: true }] },
    { name: 'After', after: ['Left'], action: { primary_path: true }, script: [{ delay_ms: 400, echo: true }] },
  ]);
  expect((await session.ended()).status).toBe('completed');
  const right = await session.agent('Right');
  expect(right.agent_output).toContain('root answer');
  expect(right.agent_output).not.toContain('left secret');
  const after = await session.agent('After');
  expect(after.thread_uuid).toBe(right.thread_uuid);
  expect(after.agent_output).toContain('left secret');
  expect(after.agent_output).not.toContain('You are Right');
});

test('a thread longer than one read of it is seen whole and in its order, and ends where it began', async () => {
  const names = Array.from({ length: 70 }, (_, index) => `Link${index}`);
  const session = await startSession(worker, names.map((name, index) => ({
    name,
    ...(index === 0 ? {} : { after: [names[index - 1]!], action: { primary_path: true } }),
    overrides: { instructions: '' },
    script: [index === 69 ? { echo: true } : { text: `(said by ${name})` }],
  })));
  expect((await session.ended()).status).toBe('completed');
  const seen = (await session.agent('Link69')).agent_output!;
  const said = names.slice(0, 69).map((name) => `(said by ${name})`);
  // Each stands once as an answer, and once as the output that the next agent is asked about.
  expect(seen.match(/\(said by \w+\)/g)).toEqual(said.flatMap((text) => [text, text]));
});
