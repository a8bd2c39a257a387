import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiWithWorker } from './api-with-worker.ts';
import type { ApiWithWorker } from './api-with-worker.ts';

let api: ApiWithWorker;
const stopping = new AbortController();
beforeAll(async () => { api = await apiWithWorker('http_stopping', { signal: stopping.signal }); });
afterAll(() => api.close());

test('an API that stops answers who waits and ends its streams, and the session goes on', async () => {
  const definition = { agents: [{ agent_name: 'Hanging', instructions: 'x', model: 'scripted/x', config: { script: [{ hang: true }] } }] };
  const { body } = await api.run(definition, {}, '');
  const path = `/v1/sessions/${body.session_uuid}`;
  const waiting = api.call('GET', `${path}?wait=60s`);
  const stream = await fetch(`${api.url}${path}/stream`, { headers: { authorization: `Bearer ${api.key}` } });
  const heard = stream.text();
  stopping.abort();
  const answered = await waiting;
  expect([answered.status, answered.body.ended_at]).toEqual([202, null]);
  expect(await heard).not.toContain('session.ended');
  const row = await api.temporal.workflow.getHandle(answered.body.workflow_id).describe();
  expect(row.status.name).toBe('RUNNING');
  await api.temporal.workflow.getHandle(answered.body.workflow_id).cancel();
});
