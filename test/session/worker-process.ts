import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import type { TestPlace } from './start-test-place.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface WorkerProcess {
  signal(signal: NodeJS.Signals): void;
  /** Resolves once its log holds the text. */
  said(text: string): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  /** Ends it, whatever state it is in. */
  end(): Promise<void>;
}

/** `npm run worker` as a process of its own at the test's place; resolves once it polls for work. */
export async function startWorkerProcess(place: TestPlace, env: Record<string, string> = {}): Promise<WorkerProcess> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'workers', 'worker.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'info', MONGODB_URI: place.mongodb_uri, ACE_TASK_QUEUE: place.task_queue, ...env },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const worker: WorkerProcess = {
    signal: (signal) => void child.kill(signal),
    async said(text) {
      await eventually(async () => output, (said) => said.includes(text) || child.exitCode !== null);
      if (!output.includes(text)) throw new Error(`The worker ended: ${output.slice(-2_000)}`);
    },
    exited,
    async end() {
      // SIGKILL also ends a process that SIGSTOP froze.
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
  try {
    await worker.said('the worker runs');
  } catch (error) {
    await worker.end();
    throw error;
  }
  return worker;
}
