import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { eventually } from '../session/eventually.ts';
import { databaseUri } from '../http/api-under-test.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface StartedProcess {
  pid: number;
  /** All that it has printed, standard output and error. */
  output(): string;
  /** Waits for a text that it prints; answers the match. Errors: rejects where it ends without having said so. */
  says(text: RegExp): Promise<RegExpMatchArray>;
  /** As a terminal's Ctrl-C does: to the whole process group. */
  signal(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Runs one of the project's processes with this environment laid over the test's. An empty value unsets a variable. */
export function startProcess(file: string, { args = [], ...where }: { args?: string[]; env?: Record<string, string>; cwd?: string } = {}): StartedProcess {
  return startCommand([process.execPath, join(ROOT, file), ...args], where);
}

/** The same for any program. */
export function startCommand([program, ...args]: [string, ...string[]], { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {}): StartedProcess {
  const child = spawn(program, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ANTHROPIC_API_KEY: '', OPENAI_API_KEY: '', OPENAI_BASE_URL: '', LOG_LEVEL: 'info', PORT: '0', ACE_MODEL: 'scripted/default', ...env },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  let over: number | NodeJS.Signals | undefined;
  void ended.then((end) => (over = end));
  const started: StartedProcess = {
    pid: child.pid!,
    output: () => printed,
    async says(text) {
      await eventually(async () => printed, (all) => text.test(all) || over !== undefined, 45_000);
      const found = text.exec(printed);
      if (found === null) throw new Error(`It ended with ${over} and never said ${text}. It printed:\n${printed}`);
      return found;
    },
    signal: (signal) => void (over === undefined && process.kill(-child.pid!, signal)),
    ended,
  };
  running.add(started);
  void ended.then(() => running.delete(started));
  return started;
}

const running = new Set<StartedProcess>();

/** Ends what a failed test has left. */
export async function endStarted(): Promise<void> {
  for (const started of running) {
    started.signal('SIGKILL');
    await started.ended;
  }
}

/** A data folder of its own; the folder's name begins so that leftovers of a killed run are found. */
export function dataFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ace-test-start-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The test servers with a database and a task queue that nobody else uses. */
export function onTestServers(): Record<string, string> {
  const id = v7().replaceAll('-', '');
  return { TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!, MONGODB_URI: databaseUri(`start_${id}`), ACE_TASK_QUEUE: `start-${id}`, ACE_ENDPOINT_ID: id };
}

