import { say, style } from '../start/terminal.ts';
import { apiCaller, callApi } from './call-api.ts';
import { SAMPLE_AGENTS, SAMPLE_COORDINATION, SAMPLE_PICTURE, SAMPLE_TASK } from './definition.ts';
import { readStream } from './read-stream.ts';
import { sessionPrinter, type AgentResult } from './show-session.ts';

interface SampleSession {
  session_uuid: string;
  status: string;
  output: unknown;
  error: { code: string; detail: string } | null;
  usage: { input_tokens: number; output_tokens: number };
  cost_usd: string;
  links: { temporal?: string | null };
}

/** Runs the sample session over the API and prints it as it happens, until `signal` is aborted. True where it completed. */
export async function runSample(api: { url: string; admin_key: { path: string } }, signal: AbortSignal): Promise<boolean> {
  const caller = await apiCaller(api);
  for (const { agent_name, ...agent } of SAMPLE_AGENTS) {
    await callApi(caller, { method: 'PUT', path: `/agents/by-name/${agent_name}`, body: agent });
  }
  const { name, ...coordination } = SAMPLE_COORDINATION;
  await callApi(caller, { method: 'PUT', path: `/coordinations/by-name/${name}`, body: coordination });
  say();
  say(`${style('bold', 'The sample session')}: ${SAMPLE_PICTURE}`);
  say(`Task: ${SAMPLE_TASK}`);
  say();
  const started = Date.now();
  const { session_uuid } = await callApi<SampleSession>(caller, { method: 'POST', path: '/sessions', body: { coordination: name, task_query: SAMPLE_TASK } });
  const show = sessionPrinter({
    resultOf: (uuid) => callApi<AgentResult>(caller, { method: 'GET', path: `/sessions/${session_uuid}/session-agents/${uuid}` }),
    write: (text) => void process.stdout.write(text),
  });
  for await (const event of readStream(caller, { path: `/sessions/${session_uuid}/stream`, signal })) await show(event);
  const session = await callApi<SampleSession>(caller, { method: 'GET', path: `/sessions/${session_uuid}` });
  const { usage } = session;
  say();
  say(
    style(session.status === 'completed' ? 'green' : 'red', `The session ended: ${session.status}`) +
      `, ${usage.input_tokens} tokens in, ${usage.output_tokens} out, $${session.cost_usd}, ${((Date.now() - started) / 1_000).toFixed(1)} s.`,
  );
  if (session.error !== null) say(`${session.error.code}: ${session.error.detail}`);
  say(`  Read it again     ${caller.url}/sessions/${session_uuid}`);
  if (session.links.temporal) say(`  Temporal Web UI   ${session.links.temporal}`);
  return session.status === 'completed';
}
