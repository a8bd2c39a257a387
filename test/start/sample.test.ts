import { createServer, type AddressInfo, type Server } from 'node:net';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { LLMock } from '@copilotkit/aimock';
import { fail, rawVendor } from '../providers/raw-vendor.ts';
import { dataFolder, endStarted, onTestServers, startProcess, type StartedProcess } from './started-process.ts';

const KEY = 'sk-test-0123456789abcdef';
let data: ReturnType<typeof dataFolder>;
let servers: Record<string, string>;

beforeEach(() => {
  data = dataFolder();
  servers = onTestServers();
});
afterEach(async () => {
  await endStarted();
  data.remove();
});

function npmStart(args: string[], env: Record<string, string> = {}): StartedProcess {
  return startProcess('src/start.ts', { args, env: { ...servers, ACE_DATA_DIR: data.path, ...env } });
}

test('--exit shows four agents, two of them side by side, and ends with 0', async () => {
  const started = npmStart(['--exit']);
  expect(await started.ended).toBe(0);
  const said = started.output();
  for (const agent of ['scout', 'advocate', 'sceptic', 'editor']) {
    expect(said).toMatch(new RegExp(`^${agent}: \\S`, 'm'));
    expect(said).toMatch(new RegExp(`^ {2}${agent} finished: scripted/default, \\d+ tokens in, \\d+ out, \\$0, \\d+\\.\\d s$`, 'm'));
  }
  expect(said).toMatch(/^The session ended: completed, \d+ tokens in, \d+ out, \$0, \d+\.\d s\.$/m);
  expect(said).not.toContain('\x1b[');
  expect(said).toMatch(/Stopped\. The data stay; npm start goes on with them\.\n$/);
});

test('the first start runs the sample, the second only when asked, and the curl works as it is pasted', async () => {
  // A folder whose name needs quotes.
  const folder = join(data.path, "it's mine");
  mkdirSync(folder);
  const first = npmStart([], { ACE_DATA_DIR: folder });
  await first.says(/Ctrl-C stops everything/);
  expect(first.output()).toContain('The session ended: completed');
  expect(statSync(join(folder, 'admin.key')).mode & 0o777).toBe(0o600);
  const [, curl] = await first.says(/^ {2}(curl .*)$/m);
  const { stdout } = await promisify(execFile)('sh', ['-c', curl!], { cwd: '/' });
  expect(JSON.parse(stdout)).toMatchObject({ project: { name: 'default' } });
  expect(first.output()).not.toContain(readFileSync(join(folder, 'admin.key'), 'utf8').trim());
  first.signal('SIGINT');
  expect(await first.ended).toBe(0);

  const second = npmStart([], { ACE_DATA_DIR: folder });
  await second.says(/Ctrl-C stops everything/);
  expect(second.output()).not.toContain('The sample session');
  second.signal('SIGTERM');
  expect(await second.ended).toBe(0);

  const third = npmStart(['--exit'], { ACE_DATA_DIR: folder });
  expect(await third.ended).toBe(0);
  expect(third.output()).toContain('The session ended: completed');
});

test('--no-sample runs none, and addresses that were given are not repeated', async () => {
  const started = npmStart(['--no-sample']);
  await started.says(/Ctrl-C stops everything/);
  expect(started.output()).not.toContain('The sample session');
  expect(started.output()).not.toContain(servers.MONGODB_URI!);
  // A terminal that is closed asks for an orderly end too.
  started.signal('SIGHUP');
  expect(await started.ended).toBe(0);
  expect(started.output()).toContain('Stopped.');
});

test("with a vendor's key the sample asks that vendor", async () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  mock.onMessage(/.*/, { content: 'Lend board games.', usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 } });
  await mock.start();
  try {
    const started = npmStart(['--exit'], { ACE_MODEL: '', OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${mock.url}/v1` });
    expect(await started.ended).toBe(0);
    const said = started.output();
    expect(said).toContain('editor: Lend board games.');
    expect(said).toMatch(/editor finished: openai\/\S+, 12 tokens in, 8 out, \$0\.\d+, /);
    expect(said).toMatch(/ended: completed, 48 tokens in, 32 out, \$0\.\d+/);
    expect(said).not.toContain('stand-in');
    expect(said).not.toContain(KEY);
  } finally {
    await mock.stop();
  }
});

test('a sample that a wrong key fails says so and ends with 1', async () => {
  const vendor = await rawVendor();
  vendor.answer((response) => fail(response, 401, { body: { error: { message: `Incorrect API key provided: ${KEY}`, code: 'invalid_api_key' } } }));
  try {
    const started = npmStart(['--exit'], { ACE_MODEL: '', OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${vendor.url}/v1` });
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(/The session ended: failed/);
    expect(started.output()).toMatch(/provider\.auth/);
    expect(started.output()).not.toContain(KEY);
    expect(readFileSync(join(data.path, 'engine.log'), 'utf8')).not.toContain(KEY);
  } finally {
    await vendor.close();
  }
});

/** Nothing on the PATH but Node, an empty cache, and a proxy at which nobody listens. */
function shutOff(): Record<string, string> {
  const cache = join(data.path, 'cache');
  return { PATH: join(process.execPath, '..'), ACE_CACHE: cache, ACE_LOCAL_MODEL: '', HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' };
}

test('without any way to the local model, behind a proxy that is away, the sample runs on a script, with a warning', async () => {
  const started = npmStart(['--exit'], { ...shutOff(), ACE_MODEL: '' });
  expect(await started.ended).toBe(0);
  expect(started.output()).toMatch(/^Local model: tried .*: .*; next: /m);
  expect(started.output()).toMatch(/^Local model: tried .*; nothing left to try$/m);
  expect(started.output()).toMatch(/^Warning: the local model could not be had/m);
  expect(started.output()).toContain('scripted/default');
});

test('the local model asked for by name and not to be had is an error', async () => {
  const started = npmStart(['--exit'], { ...shutOff(), ACE_MODEL: 'local/smollm2-135m-instruct' });
  expect(await started.ended).toBe(1);
  expect(started.output()).toMatch(/ACE_MODEL is local\/smollm2-135m-instruct, and the local model cannot be had/);
});

test('a taken port gives the next one, and says so', async () => {
  const holder: Server = createServer();
  await once(holder.listen(0, '127.0.0.1'), 'listening');
  const { port } = holder.address() as AddressInfo;
  try {
    const started = npmStart(['--no-sample'], { PORT: String(port) });
    const [, given] = await started.says(new RegExp(`http://127\\.0\\.0\\.1:(\\d+)/v1 {2}\\(port ${port} is taken\\)`));
    expect((await fetch(`http://127.0.0.1:${given}/healthz`)).status).toBe(200);
  } finally {
    holder.close();
  }
});

test.each([
  ['an unknown option', ['--simple'], {}, /--simple/],
  ['a port that is none', [], { PORT: 'http' }, /PORT: must be a whole number/],
  ['an address that is not this machine', ['--no-sample'], { HOST: '192.0.2.1' }, /HOST/],
])('%s ends with 1 and one line', async (_, args, env, line) => {
  const started = npmStart(args, env);
  expect(await started.ended).toBe(1);
  const last = started.output().trim().split('\n').at(-1);
  expect(last).toMatch(line);
  expect(started.output()).not.toMatch(/^\s+at /m);
});

afterAll(endStarted);
