import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LLMock } from '@copilotkit/aimock';
import { eventually } from '../session/eventually.ts';
import { dataFolder, endStarted, onTestServers, startProcess, type StartedProcess } from '../start/started-process.ts';
import { otlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';

// One session through a whole process, looked at from outside: its trace, its numbers, its log.
const KEY = 'sk-test-0123456789abcdef';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const QUESTION = 'What is the colour of money?';
const data = dataFolder();
const mock = new LLMock({ port: 0, logLevel: 'silent' });
let receiver: Awaited<ReturnType<typeof otlpReceiver>>;
let engine: StartedProcess;
let url: string;
let key: string;
let session_uuid: string;
let waiting: Record<string, number>;
let ended: Record<string, number>;

async function call(method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, traceparent: `00-${TRACE_ID}-${CALLER}-01`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return response.json();
}

/** The series of `/metrics`, by name and labels as they stand there. */
async function metrics(): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Object.fromEntries(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

beforeAll(async () => {
  mock.onMessage(/.*/, { content: 'Green, mostly.', usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 } });
  await mock.start();
  receiver = await otlpReceiver();
  engine = startProcess('src/start.ts', {
    args: ['--no-sample'],
    env: {
      ...onTestServers(), ACE_DATA_DIR: data.path, ACE_MODEL: '', OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${mock.url}/v1`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '100',
    },
  });
  [, url] = (await engine.says(/API +(http:\S+)\/v1/)) as unknown as [string, string];
  await engine.says(/Ctrl-C stops everything/);
  key = readFileSync(join(data.path, 'admin.key'), 'utf8').trim();
  const session = await call('POST', '/v1/sessions', {
    task_query: QUESTION,
    definition: {
      agents: ['asker', 'teller'].map((agent_name) => ({ agent_name, agent_type: 'task', instructions: 'Answer.', model: 'openai/gpt-4o-mini' })),
      agent_actions: { teller: { predecessors: ['asker'], user_in_the_loop: { when: 'before' } } },
    },
  });
  session_uuid = session.session_uuid;
  const asked = await eventually(() => call('GET', `/v1/sessions/${session_uuid}`), ({ status }) => status === 'wait_for_user_input');
  const stream = await fetch(`${url}/v1/sessions/${session_uuid}/stream`, { headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' } });
  waiting = await metrics();
  await call('POST', `/v1/decisions/${asked.pending_decisions[0].decision_uuid ?? asked.pending_decisions[0]}/answer`, { action: 'answer', input: 'Go on.' });
  expect(await stream.text()).toContain('event: session.ended');
  ended = await eventually(metrics, (now) => now.ace_stream_listeners === 0);
}, 60_000);

afterAll(async () => {
  await endStarted();
  await receiver.close();
  await mock.stop();
  data.remove();
});

test('one trace goes from the request through workflow and activity to the provider call', async () => {
  const isOfStart = (span: ReceivedSpan) => span.trace_id === TRACE_ID;
  const spans = (await eventually(async () => receiver.spans, (all) => all.some((span) => span.name.startsWith('RunWorkflow')) && all.filter((span) => span.name.startsWith('chat')).length === 2)).filter(isOfStart);
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [request] = named('POST /v1/sessions');
  expect(request).toMatchObject({ parent_span_id: CALLER, attributes: { 'http.route': '/v1/sessions', 'http.response.status_code': '202' }, service: 'ace' });
  const [started] = spans.filter((span) => span.name.startsWith('StartWorkflow:'));
  expect(started).toMatchObject({ parent_span_id: request!.span_id });
  const runs = spans.filter((span) => span.name.startsWith('RunWorkflow:'));
  expect(runs).toEqual([expect.objectContaining({ parent_span_id: started!.span_id, status: 0 })]);
  const activities = spans.filter((span) => span.name.startsWith('RunActivity:'));
  expect(activities.length).toBeGreaterThanOrEqual(4);
  for (const activity of activities) expect(activity).toMatchObject({ parent_span_id: runs[0]!.span_id, attributes: { 'ace.session_uuid': session_uuid } });
  const models = named('RunActivity:callModel').map((activity) => activity.span_id);
  const chats = named('chat gpt-4o-mini');
  expect(chats.map((chat) => chat.parent_span_id).sort()).toEqual(models.sort());
  for (const chat of chats) {
    expect(chat.attributes).toMatchObject({ 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o-mini', 'gen_ai.usage.input_tokens': '1000', 'gen_ai.usage.output_tokens': '500', 'gen_ai.response.finish_reasons': ['stop'] });
    expect(chat.end > chat.start).toBe(true);
  }
  expect(new Set(receiver.paths)).toEqual(new Set(['/v1/traces']));
});

test('its trace_id stands on session, run, log line and problem document', async () => {
  expect(await call('GET', `/v1/sessions/${session_uuid}`)).toMatchObject({ status: 'completed', trace_id: TRACE_ID });
  const { data: runs } = await call('GET', `/v1/sessions/${session_uuid}/runs`);
  expect(runs.map((run: { trace_id: string }) => run.trace_id)).toEqual([TRACE_ID, TRACE_ID]);
  expect(await call('GET', '/v1/sessions/none')).toMatchObject({ trace_id: TRACE_ID, status: expect.any(Number), code: expect.any(String) });
  const lines = logLines();
  expect(lines.find(({ msg }) => msg === 'request')).toMatchObject({ trace_id: TRACE_ID, request_id: expect.any(String) });
  expect(lines.filter(({ session_uuid: of }) => of === session_uuid).map(({ msg }) => msg)).toEqual(['session started', 'model call', 'model call', 'session ended']);
  for (const line of lines.filter(({ msg }) => msg === 'model call')) {
    expect(line).toMatchObject({ trace_id: TRACE_ID, session_uuid, session_agent_uuid: expect.any(String), agent_uuid: expect.any(String), agent_name: expect.stringMatching(/^(asker|teller)$/), outcome: 'stop' });
  }
});

test('neither spans nor log hold a key or what was said', () => {
  const seen = JSON.stringify(receiver.spans.map(({ attributes, name }) => ({ attributes, name }))) + readFileSync(join(data.path, 'engine.log'), 'utf8') + engine.output();
  for (const secret of [KEY, key, QUESTION, 'Green, mostly.']) expect(seen).not.toContain(secret);
});

test('a session that waits moves the gauges', () => {
  expect(waiting).toMatchObject({ ace_stream_listeners: 1, ace_decisions_pending: 1, 'ace_sessions_open{status="wait_for_user_input"}': 1 });
});

test('a session that ended moves every counter', () => {
  expect(ended).toMatchObject({
    ace_stream_listeners: 0,
    ace_decisions_pending: 0,
    'ace_sessions_open{status="wait_for_user_input"}': 0,
    'ace_sessions_ended_total{status="completed"}': 1,
    'ace_steps_ended_total{state="completed"}': 2,
    'ace_model_call_seconds_count{vendor="openai",model="gpt-4o-mini",outcome="stop"}': 2,
    'ace_model_tokens_total{vendor="openai",model="gpt-4o-mini",direction="input"}': 2_000,
    'ace_model_tokens_total{vendor="openai",model="gpt-4o-mini",direction="output"}': 1_000,
    'ace_http_request_seconds_count{method="POST",route="/v1/sessions",status="202"}': 1,
  });
  expect(ended['ace_model_cost_usd_total{vendor="openai",model="gpt-4o-mini"}']).toBeGreaterThan(0);
});

test('no label of a metric holds an id', () => {
  for (const series of Object.keys(ended)) expect(series).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|local#|sessions\/[0-9a-f]/);
});

function logLines(): Array<Record<string, unknown>> {
  return readFileSync(join(data.path, 'engine.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}
