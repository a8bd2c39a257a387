import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSession } from './run-session.ts';
import { startTestWorker, type TestWorker } from './start-test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.stop());

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('every field of a SessionAgent and of its run is set', async () => {
  const session = await startSession(worker, [
    { name: 'First', script: [{ text: 'one' }] },
    { name: 'Second', after: ['First'], action: { primary_path: true, user_in_the_loop: { when: 'before', question: 'Which?' } }, script: [{ echo: true }] },
  ]);
  const decision = await session.pendingDecision('Second');
  await session.handle.signal('user_input', { session_agent_uuid: decision.session_agent_uuid, user_input: 'the blue one' });
  const row = await session.ended();
  const [first, second] = await session.agents();
  expect(second).toMatchObject({
    _id: expect.stringMatching(UUID_V7),
    partition_key: worker.partition_key,
    session_uuid: session.session_uuid,
    coordination_uuid: row.coordination_uuid,
    agent_uuid: expect.stringMatching(UUID_V7),
    agent_name: 'Second',
    agent_type: 'task',
    node: 1,
    subtask_index: 0,
    subtask_query: 'Do it.',
    user_input: 'the blue one',
    agent_input: 'Do it.\n\nOutput of First:\none\n\nInput from the user:\nthe blue one',
    agent_input_ref: null,
    agent_output: expect.stringContaining('the blue one'),
    agent_output_ref: null,
    in_degree: 1,
    state: 'completed',
    error_json: null,
    thread_uuid: first!.thread_uuid,
    continues_uuid: first!._id,
    model: 'scripted/test',
    usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    started_at: expect.any(Date),
    ended_at: expect.any(Date),
    created_at: expect.any(Date),
    updated_at: expect.any(Date),
  });
  expect(JSON.parse(second!.agent_action_json)).toEqual({
    primary_path: true,
    user_in_the_loop: { when: 'before', question: 'Which?', allowed_actions: ['answer', 'approve', 'reject'], input_schema: null, expires_in_ms: null, default_action: null },
    predecessors: [first!.agent_uuid],
    action_function: null,
  });
  const [, run] = await session.runs();
  expect(run).toMatchObject({
    _id: expect.stringMatching(UUID_V7),
    partition_key: worker.partition_key,
    session_uuid: session.session_uuid,
    coordination_uuid: row.coordination_uuid,
    session_agent_uuid: second!._id,
    agent_uuid: second!.agent_uuid,
    thread_uuid: first!.thread_uuid,
    async_task_uuid: null,
    call_key: `${second!._id}/0/0/0`,
    vendor: 'scripted',
    model: 'scripted/test',
    answered_by: 'test',
    request_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    request_text: second!.agent_input,
    response_text: second!.agent_output,
    finish_reason: 'stop',
    attempt: 1,
    created_at: expect.any(Date),
  });
});

test('a session that ended has its times, its use, its passes and the workflow run that wrote it', async () => {
  const session = await startSession(worker, [{ name: 'A', script: [{ text: 'a' }] }, { name: 'B', after: ['A'], script: [{ text: 'b' }] }]);
  const row = await session.ended();
  const agents = await session.agents();
  const description = await session.handle.describe();
  expect(row).toMatchObject({ status: 'completed', run_id: description.runId, workflow_id: session.workflow_id, iteration_count: 2, error_json: null, output_json: '"b"' });
  expect(row.usage.input_tokens).toBe(agents.reduce((sum, agent) => sum + agent.usage!.input_tokens, 0));
  expect(row.usage.output_tokens).toBeGreaterThan(0);
  expect(row.started_at!.getTime()).toBeGreaterThanOrEqual(row.created_at.getTime());
  expect(row.ended_at!.getTime()).toBeGreaterThanOrEqual(row.started_at!.getTime());
  expect(await session.handle.result()).toMatchObject({ status: 'completed', session_uuid: session.session_uuid, steps: 2 });
});
