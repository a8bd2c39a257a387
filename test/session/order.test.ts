import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

test('a diamond runs each agent after its inputs and gives the sink its predecessors, labelled', async () => {
  const session = await startSession(worker, [
    { name: 'Planner', script: [{ text: 'plan' }] },
    { name: 'Left', after: ['Planner'], script: [{ text: 'left answer' }] },
    { name: 'Right', after: ['Planner'], script: [{ text: 'right answer' }] },
    { name: 'Writer', after: ['Left', 'Right'], script: [{ echo: true }] },
  ]);
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'completed', error_json: null });
  const agents = await session.agents();
  expect(agents.map((agent) => [agent.agent_name, agent.state, agent.in_degree])).toEqual([
    ['Planner', 'completed', 0],
    ['Left', 'completed', 1],
    ['Right', 'completed', 1],
    ['Writer', 'completed', 2],
  ]);
  const output = JSON.parse(row.output_json!) as string;
  expect(output).toBe('You are Writer.\n\nDo it.\n\nOutput of Left:\nleft answer\n\nOutput of Right:\nright answer');
  const events = await session.events();
  expectGaplessEvents(events);
  expect(events[0]!.event_type).toBe('session.started');
  const at = (type: string, name: string) => events.findIndex((event) => event.event_type === type && JSON.parse(event.data_json).agent_name === name);
  for (const middle of ['Left', 'Right']) {
    expect(at('agent.started', middle)).toBeGreaterThan(at('agent.completed', 'Planner'));
    expect(at('agent.started', 'Writer')).toBeGreaterThan(at('agent.completed', middle));
  }
});
