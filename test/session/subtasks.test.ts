import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('deadlock when one agent has several subtasks: its successor waits for all of them and then runs', async () => {
  const session = await startSession(
    worker,
    [
      { name: 'Researcher', script: [{ when: 'beta', delay_ms: 300, text: 'about beta' }, { echo: true }] },
      { name: 'Critic', script: [{ text: 'criticism' }] },
      { name: 'Writer', after: ['Researcher', 'Critic'], script: [{ echo: true }] },
    ],
    { subtasks: [['Researcher', 'alpha'], ['Researcher', 'beta'], ['Researcher', 'gamma'], ['Critic', 'criticise'], ['Writer', 'write']] },
  );
  const row = await session.ended();
  expect(row.status).toBe('completed');
  const agents = await session.agents();
  expect(agents.map(({ agent_name, subtask_index, subtask_query, in_degree, state }) => [agent_name, subtask_index, subtask_query, in_degree, state])).toEqual([
    ['Researcher', 0, 'alpha', 0, 'completed'],
    ['Researcher', 1, 'beta', 0, 'completed'],
    ['Researcher', 2, 'gamma', 0, 'completed'],
    ['Critic', 0, 'criticise', 0, 'completed'],
    ['Writer', 0, 'write', 4, 'completed'],
  ]);
  const events = await session.events();
  expectGaplessEvents(events);
  const started = events.findIndex((event) => event.event_type === 'agent.started' && JSON.parse(event.data_json).agent_name === 'Writer');
  expect(events.slice(0, started).filter((event) => event.event_type === 'agent.completed')).toHaveLength(4);
  expect(agents[4]!.agent_output).toContain('Output of Researcher:\nabout beta');
  expect(agents[4]!.agent_output!.match(/Output of Researcher:/g)).toHaveLength(3);
});

test('no output where the last agent has no subtask: it is that of the last one which ran', async () => {
  const session = await startSession(
    worker,
    [{ name: 'First', script: [{ text: 'first' }] }, { name: 'Second', after: ['First'], script: [{ text: 'second' }] }, { name: 'Unused', after: ['Second'] }],
    { subtasks: [['First', 'go'], ['Second', 'go on'], ['Second', 'and on']] },
  );
  const row = await session.ended();
  expect(row.status).toBe('completed');
  expect(JSON.parse(row.output_json!)).toEqual(['second', 'second']);
});

test('an agent without a subtask query has no instance and counts as satisfied', async () => {
  const session = await startSession(
    worker,
    [
      { name: 'First', script: [{ text: 'first' }] },
      { name: 'Unused', after: ['First'] },
      { name: 'Last', after: ['Unused', 'First'], script: [{ echo: true }] },
    ],
    { subtasks: [['First', 'go'], ['Last', 'end']] },
  );
  expect((await session.ended()).status).toBe('completed');
  const agents = await session.agents();
  expect(agents.map(({ agent_name, in_degree, state }) => [agent_name, in_degree, state])).toEqual([['First', 0, 'completed'], ['Last', 1, 'completed']]);
  expect(agents[1]!.agent_output).not.toContain('Unused');
});

test('several instances of a sink give the session a list', async () => {
  const session = await startSession(worker, [{ name: 'Only', script: [{ when: 'one', json: { n: 1 } }, { text: 'two' }] }], { subtasks: [['Only', 'one'], ['Only', 'other']] });
  expect(JSON.parse((await session.ended()).output_json!)).toEqual([{ n: 1 }, 'two']);
});

test('no more steps are in flight than max_parallel, and mode sequential means one', async () => {
  const agents = Array.from({ length: 6 }, (_, index) => ({ name: `A${index}`, script: [{ delay_ms: 100, text: 'x' }] }));
  for (const [options, most] of [[{ max_parallel: 2 }, 2], [{ mode: 'sequential' as const }, 1]] as const) {
    const session = await startSession(worker, agents, options);
    expect((await session.ended()).status).toBe('completed');
    let running = 0;
    let peak = 0;
    for (const type of await session.eventTypes()) {
      if (type === 'agent.started') running += 1;
      if (type === 'agent.completed') running -= 1;
      peak = Math.max(peak, running);
    }
    expect(peak).toBe(most);
  }
});
