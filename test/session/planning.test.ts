import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { loadPlan } from '../../src/records/plan.ts';
import { expectGaplessEvents } from './expect-gapless-events.ts';
import { createSession, startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

function team(plan: unknown) {
  return [
    { name: 'Planner', type: 'planning', script: [{ json: plan }] },
    { name: 'Researcher', script: [{ echo: true }] },
    { name: 'Writer', after: ['Researcher'], script: [{ echo: true }] },
  ];
}

test('a planning agent names the subtasks, and each becomes a SessionAgent', async () => {
  const session = await startSession(worker, team({
    subtask_queries: [
      { agent_name: 'Researcher', subtask_query: 'look at alpha' },
      { agent_name: 'Researcher', subtask_query: 'look at beta' },
      { agent_name: 'Writer', subtask_query: 'write it up' },
    ],
  }));
  const row = await session.ended();
  expect(row).toMatchObject({ status: 'completed', error_json: null });
  const agents = await session.agents();
  expect(agents.map(({ agent_name, subtask_query, in_degree, state }) => [agent_name, subtask_query, in_degree, state])).toEqual([
    ['Planner', 'Do it.', 0, 'completed'],
    ['Researcher', 'look at alpha', 0, 'completed'],
    ['Researcher', 'look at beta', 0, 'completed'],
    ['Writer', 'write it up', 2, 'completed'],
  ]);
  expect(JSON.parse(row.subtask_queries_json)).toEqual(agents.slice(1).map(({ agent_uuid, subtask_query }) => ({ agent_uuid, subtask_query })));
  // The plan is no result of the session; the writer's text is.
  expect(JSON.parse(row.output_json!)).toContain('You are Writer.');
  const events = await session.events();
  expectGaplessEvents(events);
  expect(events.filter((event) => event.event_type === 'session.planned').map((event) => JSON.parse(event.data_json))).toEqual([{ subtask_queries: 3 }]);
});

test('with subtask queries of the caller the planning agent has nothing to do', async () => {
  const session = await startSession(worker, team({}), { subtasks: [['Writer', 'just write']] });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agents()).map((agent) => agent.agent_name)).toEqual(['Writer']);
});

test('a plan that names an unknown agent is refused with the reason, and nobody else runs', async () => {
  const session = await startSession(worker, team({ subtask_queries: [{ agent_name: 'Nobody', subtask_query: 'x' }] }));
  const row = await session.ended();
  expect(row.status).toBe('failed');
  expect(JSON.parse(row.error_json!)).toMatchObject({ code: 'plan.refused', message: expect.stringContaining('Nobody') });
  expect((await session.agents()).map((agent) => agent.agent_name)).toEqual(['Planner']);
  expectGaplessEvents(await session.events());
});

test('a plan that is no JSON, or names no subtask, is refused', async () => {
  for (const script of [[{ text: 'first do this, then that' }], [{ json: { subtask_queries: [] } }], [{ json: [] }]]) {
    const session = await startSession(worker, [{ name: 'Planner', type: 'planning', script }, { name: 'Writer' }]);
    const row = await session.ended();
    expect(row.status).toBe('failed');
    expect(JSON.parse(row.error_json!).code).toBe('plan.refused');
  }
});

test('a person may look at the plan first, and edit it', async () => {
  const session = await startSession(worker, [
    { name: 'Planner', type: 'planning', action: { user_in_the_loop: true }, script: [{ json: { subtask_queries: [{ agent_name: 'Writer', subtask_query: 'planned' }] } }] },
    { name: 'Writer', script: [{ echo: true }] },
  ]);
  const decision = await session.pendingDecision('Planner');
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'edit', input: { subtask_queries: [{ agent_name: 'Writer', subtask_query: 'edited' }] } });
  expect((await session.ended()).status).toBe('completed');
  expect((await session.agent('Writer')).subtask_query).toBe('edited');
});

test('an agent that is changed or deleted while its session is being planned runs as the session pinned it', async () => {
  const registered = { instructions: undefined, model: undefined, config: undefined };
  const session = await createSession(worker, [
    { name: 'Planner', type: 'planning', action: { user_in_the_loop: true }, script: [{ json: { subtask_queries: [{ agent_name: 'Changed', subtask_query: 'x' }, { agent_name: 'Deleted', subtask_query: 'y' }] } }] },
    { name: 'Changed', overrides: registered },
    { name: 'Deleted', overrides: registered },
  ]);
  const { nodes } = await loadPlan(worker.partition_key, (await session.row()).plan_hash);
  const Agents = mongoose.models.AgentModel!;
  const now = new Date();
  const own = nodes.slice(1).map(({ agent_uuid, agent_name }) => ({ _id: agent_uuid, agent_uuid, agent_name, partition_key: worker.partition_key }));
  await Agents.insertMany(own.map((agent) => ({
    ...agent, agent_type: 'task', role: 'worker', instructions: 'As it was.', model: 'scripted/test', config: '{"script":[{"echo":true}]}', metadata: '{}', state: 'idle', version: 1, created_at: now, updated_at: now,
  })));
  await worker.client.workflow.start('session', { workflowId: session.workflow_id, taskQueue: worker.task_queue, args: [{ partition_key: session.partition_key, session_uuid: session.session_uuid }] });
  const decision = await session.pendingDecision('Planner');
  await Agents.updateOne({ ...own[0] }, { $set: { instructions: 'Quite another.', model: 'openai/nobody' } });
  await Agents.deleteOne({ ...own[1] });
  await session.handle.signal('answer_decision', { decision_uuid: decision._id, action: 'approve' });
  expect(await session.ended()).toMatchObject({ status: 'completed', error_json: null });
  expect((await session.agents()).slice(1).map((agent) => [agent.agent_name, agent.agent_output])).toEqual([
    ['Changed', expect.stringContaining('As it was.')],
    ['Deleted', expect.stringContaining('As it was.')],
  ]);
});
