import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEngineFile, writeEngineFile, type EngineFile, type RunningProgram } from './engine-file.ts';
import { mongodbAnswersAt, temporalAnswersAt } from './external-engine.ts';
import { findMongod } from './find-mongod.ts';
import { findTemporal } from './find-temporal.ts';
import { freePort } from './free-port.ts';
import { withLock } from './lock.ts';
import type { Log } from './log.ts';
import { isAlive, processIdentity } from './process-identity.ts';
import { mongodBecomesPrimary, mongodUri, startMongod } from './start-mongod.ts';
import { showProgress } from './show-progress.ts';
import { spareLoopback } from './spare-loopback.ts';
import { startTemporal, temporalAnswers } from './start-temporal.ts';
import { stopProcess } from './stop-process.ts';

export interface EngineOptions {
  /** Holds the data, the logs and `engine.json`. */
  dataDir: string;
  log: Log;
  /** Ports to prefer; a taken one is replaced by a free one. By default `USUAL_PORTS`. */
  ports?: { temporal?: number; temporal_ui?: number; mongod?: number };
  /** Refuses a folder whose engine another living process runs, in place of using that engine, where it would be needed. */
  exclusive?: boolean;
  /** Where `TEMPORAL_ADDRESS`, `MONGODB_URI`, `PATH` and `ACE_CACHE` are read; by default the process's own. */
  env?: NodeJS.ProcessEnv;
}

export interface Engine {
  /** `host:port`. */
  temporal_address: string;
  /** Null where the server is not ours and `TEMPORAL_UI_URL` does not say. */
  temporal_ui_url: string | null;
  mongodb_uri: string;
  /** What `stop()` ends: what this process started, or took over from one that was killed. */
  owned: { temporal: boolean; mongod: boolean };
  /** Of what is owned, the logs of those that have ended by themselves. */
  ended(): Array<{ name: string; log: string }>;
  /** Ends what is owned, Temporal before mongod. May be called twice. */
  stop(): Promise<void>;
}

/** How one of the two programs is started and asked; the same steps serve both. */
interface Part {
  name: 'temporal' | 'mongod';
  /** For the terminal. */
  title: string;
  start(earlier: RunningProgram | null): Promise<RunningProgram>;
  answers(running: RunningProgram, timeoutMs: number): Promise<void>;
}

export const USUAL_PORTS = { temporal: 7233, temporal_ui: 8233, mongod: 27017 } as const;

const PATIENCE_MS = 60_000;

function mongodPart({ log, ports, env }: EngineOptions, dataDir: string): Part {
  return {
    name: 'mongod',
    title: 'mongod',
    async start(earlier) {
      const program = await findMongod(log, env);
      return startMongod(program, dataDir, await freePort([earlier?.port ?? 0, ports?.mongod ?? USUAL_PORTS.mongod].filter(Boolean)));
    },
    answers: (running, timeoutMs) => mongodBecomesPrimary(running, dataDir, timeoutMs),
  };
}

function temporalPart({ log, ports, env }: EngineOptions, dataDir: string): Part {
  return {
    name: 'temporal',
    title: 'Temporal server',
    async start(earlier) {
      const program = await findTemporal(log, env);
      const port = await freePort([earlier?.port ?? 0, ports?.temporal ?? USUAL_PORTS.temporal].filter(Boolean));
      const ui_port = await freePort([earlier?.ui_port ?? 0, ports?.temporal_ui ?? USUAL_PORTS.temporal_ui].filter(Boolean));
      return startTemporal(program, dataDir, { port, ui_port });
    },
    answers: (running, timeoutMs) => temporalAnswers(running, dataDir, timeoutMs),
  };
}

/** Goes on with the program of an earlier start where it still runs and answers, else starts one. */
async function bringUp(part: Part, dataDir: string, log: Log): Promise<RunningProgram> {
  const earlier = readEngineFile(dataDir)[part.name];
  if (earlier !== null && isAlive(earlier)) {
    try {
      await part.answers(earlier, PATIENCE_MS / 2);
      log(`${part.title}: still running since an earlier start (process ${earlier.pid}, port ${earlier.port})`);
      return earlier;
    } catch (error) {
      log(`${part.title}: process ${earlier.pid} of an earlier start does not answer and is ended: ${(error as Error).message.split('\n')[0]}`);
      await stopProcess(earlier);
    }
  }
  for (;;) {
    const running = await part.start(earlier);
    writeEngineFile(dataDir, { [part.name]: running });
    const shown = showProgress(log, part.title, () => ({ text: 'starting' }));
    try {
      await part.answers(running, PATIENCE_MS);
    } catch (error) {
      await stopProcess(running);
      if (!(await portWasTaken(running))) throw error;
      log(`${part.title}: another program has taken port ${running.port} meanwhile; trying another port`);
      continue;
    } finally {
      shown();
    }
    log(`${part.title}: runs on 127.0.0.1:${running.port} (process ${running.pid})`);
    return running;
  }
}

/** Between the look for a free port and its use, two starts at once can choose the same. */
async function portWasTaken({ port, ui_port }: RunningProgram): Promise<boolean> {
  for (const one of ui_port === undefined ? [port] : [port, ui_port]) {
    if ((await freePort([one])) !== one) return true;
  }
  return false;
}

function runsAlready(dataDir: string, { owner, temporal, mongod }: EngineFile): string {
  const addresses = [temporal ? `TEMPORAL_ADDRESS=127.0.0.1:${temporal.port}` : '', mongod ? `MONGODB_URI='${mongodUri(mongod.port)}'` : ''].filter(Boolean).join(' ');
  const join = addresses === '' ? '' : `, or add a process to it with npm run worker or npm run api, given:\n\n  export ${addresses}\n`;
  return `The engine of ${dataDir} runs already: process ${owner?.pid} has started it. Stop that one first, set ACE_DATA_DIR to another folder${join || '.'}`;
}

type Both = [temporal: RunningProgram | null, mongod: RunningProgram | null];

/** Where one part does not come up, ends the other unless it is somebody else's, so that a failed start leaves nothing. */
async function bothOrNone(starts: [Promise<RunningProgram | null>, Promise<RunningProgram | null>], isOurs: (running: RunningProgram) => boolean): Promise<Both> {
  const ends = await Promise.allSettled(starts);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return ends.map((end) => (end as PromiseFulfilledResult<RunningProgram | null>).value) as Both;
  for (const end of ends) {
    if (end.status === 'fulfilled' && end.value !== null && isOurs(end.value)) await stopProcess(end.value);
  }
  throw failed.reason;
}

/**
 * Finds and starts the Temporal server and mongod on one data folder, or uses those of an earlier start of this folder
 * that still run, or those that `TEMPORAL_ADDRESS` and `MONGODB_URI` name.
 * Errors: rejects, with nothing left running, when an address in the environment does not answer (another server in its
 * place would split the data), when a program cannot be had, when it does not come up, or, where `exclusive`, when
 * another living process runs the engine of this folder.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const dataDir = resolve(options.dataDir);
  const env = options.env ?? process.env;
  const temporalAddress = env.TEMPORAL_ADDRESS?.trim() || null;
  const givenUri = env.MONGODB_URI?.trim() || null;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  spareLoopback();

  return withLock(join(dataDir, 'engine.lock'), options.log, async () => {
    const before = readEngineFile(dataDir);
    const othersOwn = before.owner !== null && before.owner.pid !== process.pid && isAlive(before.owner);
    if (othersOwn && options.exclusive && !(temporalAddress && givenUri)) throw new Error(runsAlready(dataDir, before));
    const others = othersOwn ? [before.temporal?.identity, before.mongod?.identity] : [];
    const isOurs = (running: RunningProgram | null) => running !== null && !others.includes(running.identity);
    if (!othersOwn) writeEngineFile(dataDir, { owner: { pid: process.pid, identity: processIdentity(process.pid) ?? '' } });
    const [temporal, mongod] = await bothOrNone([
      temporalAddress ? temporalAnswersAt(temporalAddress, options.log) : bringUp(temporalPart(options, dataDir), dataDir, options.log),
      givenUri ? mongodbAnswersAt(givenUri, options.log) : bringUp(mongodPart(options, dataDir), dataDir, options.log),
    ], isOurs);
    const owned = { temporal: isOurs(temporal), mongod: isOurs(mongod) };
    return {
      temporal_address: temporal ? `127.0.0.1:${temporal.port}` : temporalAddress as string,
      temporal_ui_url: temporal ? `http://127.0.0.1:${temporal.ui_port}` : env.TEMPORAL_UI_URL?.trim() || null,
      mongodb_uri: mongod ? mongodUri(mongod.port) : givenUri as string,
      owned,
      ended: () =>
        [{ name: 'temporal' as const, running: temporal }, { name: 'mongod' as const, running: mongod }]
          .filter(({ name, running }) => running !== null && owned[name] && !isAlive(running))
          .map(({ name }) => ({ name, log: join(dataDir, `${name}.log`) })),
      async stop() {
        if (temporal && owned.temporal) await stopProcess(temporal);
        if (mongod && owned.mongod) await stopProcess(mongod);
      },
    };
  });
}
