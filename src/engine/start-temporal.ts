import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { RunningProgram } from './engine-file.ts';
import { spawnDetached } from './spawn-detached.ts';
import { waitUntilAnswers } from './wait-until-answers.ts';

const NAMESPACE = 'default';
const RETENTION_DAYS = 30;

/**
 * The development server limits itself to what a shared demo needs: its queue processors look for work 20 times a
 * second, which costs 100 ms a step, and a wide session runs into its rate limits.
 */
const DYNAMIC_CONFIG = {
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  'history.visibilityProcessorMaxPollRPS': 10_000,
  'system.enableActivityEagerExecution': true,
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'frontend.namespaceCount': 100_000,
  'matching.rps': 100_000,
  'history.rps': 100_000,
  'frontend.persistenceMaxQPS': 100_000,
  'history.persistenceMaxQPS': 100_000,
  'matching.persistenceMaxQPS': 100_000,
  // Over this many events that arrive during one workflow task, the task fails.
  'history.maximumBufferedEventsBatch': 2_000,
};

const SQLITE_PRAGMAS = { journal_mode: 'WAL', synchronous: 'NORMAL' };

/** Starts the Temporal server on `<dataDir>/temporal.db`; it answers only after `temporalAnswers`. */
export async function startTemporal(program: string, dataDir: string, ports: { port: number; ui_port: number }): Promise<RunningProgram> {
  const known = await spawnDetached(program, [
    'server', 'start-dev',
    '--ip', '127.0.0.1',
    '--port', String(ports.port),
    '--ui-port', String(ports.ui_port),
    '--namespace', NAMESPACE,
    '--db-filename', join(dataDir, 'temporal.db'),
    '--log-format', 'json',
    // A config file of the person's own Temporal CLI must not reach this server.
    '--disable-config-file', '--disable-config-env',
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...Object.entries(SQLITE_PRAGMAS).flatMap(([key, value]) => ['--sqlite-pragma', `${key}=${value}`]),
  ], join(dataDir, 'temporal.log'));
  return { ...known, program, ...ports };
}

async function askForNamespace(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    // By default a closed workflow is deleted after a day, and the links to the web page with it.
    await connection.workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl: msToTs(`${RETENTION_DAYS} days`) },
    });
    return true;
  } finally {
    await connection.close();
  }
}

/** Resolves when the namespace can be used. Errors: see `waitUntilAnswers`. */
export async function temporalAnswers(running: RunningProgram, dataDir: string, timeoutMs?: number): Promise<void> {
  const program = { name: 'Temporal', known: running, logFile: join(dataDir, 'temporal.log') };
  await waitUntilAnswers(program, () => askForNamespace(`127.0.0.1:${running.port}`), timeoutMs);
}
