import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

const INLINE = 65_536;
const EXCERPT = 4_096;

let api: ApiWithWorker;
beforeAll(async () => { api = await apiWithWorker('http_long_texts'); });
afterAll(() => api.close());

const writer = (agent_name: string, entry: Record<string, unknown>) => ({ agent_name, instructions: 'x', model: 'scripted/x', config: { script: [entry] } });
const scripted = (count: number) => 'scripted '.repeat(Math.ceil(count / 9)).slice(0, count);

async function outputOf(output_bytes: number) {
  const done = await api.run({ agents: [writer('Long', { output_bytes })] });
  expect(done.body.status).toBe('completed');
  const [agent] = (await api.call('GET', `/v1/sessions/${done.body.session_uuid}/session-agents`)).body.data;
  return { session: done.body, agent };
}

test('a text of 64 KB stands in its record, one of a character more in an output', async () => {
  const inline = await outputOf(INLINE);
  expect(inline.agent).toMatchObject({ agent_output: scripted(INLINE), agent_output_ref: null });

  const { agent, session } = await outputOf(INLINE + 1);
  expect(agent.agent_output).toBe(scripted(INLINE + 1).slice(0, EXCERPT));
  const whole = await api.call('GET', `/v1/outputs/${agent.agent_output_ref}`);
  expect([whole.status, whole.text]).toEqual([200, scripted(INLINE + 1)]);
  expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(whole.headers.get('content-security-policy')).toContain('sandbox');
  expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
  // The session's own output is that text as JSON.
  expect(session.output).toBeNull();
  expect(JSON.parse((await api.call('GET', `/v1/outputs/${session.output_ref}`)).text)).toBe(scripted(INLINE + 1));
});

test('10 MB of output come back whole, and reach the next agent and its thread', async () => {
  const size = 10_000_000;
  const done = await api.run({
    agents: [writer('Long', { output_bytes: size }), writer('Next', { text: 'read' })],
    agent_actions: { Next: { predecessors: ['Long'] } },
  });
  expect(done.body).toMatchObject({ status: 'completed', output: 'read' });
  const [long, next] = (await api.call('GET', `/v1/sessions/${done.body.session_uuid}/session-agents`)).body.data;
  expect((await api.call('GET', `/v1/outputs/${long.agent_output_ref}`)).text).toBe(scripted(size));
  expect(next.agent_input.length).toBeLessThanOrEqual(INLINE);
  expect((await api.call('GET', `/v1/outputs/${next.agent_input_ref}`)).text).toContain(scripted(size));
  const thread = (await api.call('GET', `/v1/threads/${next.thread_uuid}`)).body;
  expect(thread.messages[0].content_ref).not.toBeNull();
  expect((await api.call('GET', `/v1/outputs/${thread.messages[0].content_ref}`)).text).toContain(scripted(size));
});
