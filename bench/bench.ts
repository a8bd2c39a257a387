import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { startEngine } from '../src/engine/start-engine.ts';
import { baselineSide } from './baseline/side.ts';
import { compareShape, type Comparison } from './compare-shape.ts';
import { compareThroughput, type Throughput } from './compare-throughput.ts';
import { engineSide } from './engine-session.ts';
import { chain, randomDag, wide, type Shape } from './shape.ts';
import type { Side, Surroundings } from './side.ts';
import { comparisonTable, throughputLine } from './table.ts';

const USAGE = `npm run bench -- [--quick] [--only <words>] [--baseline]
  --quick         sizes 10 and 100, one run each
  --only <words>  only what has one of these comma-separated words in its name (chain, wide, dag, output, sessions, "dag 100")
  --baseline      only the hand-written workflow`;
const MAX_PARALLEL = 100;

interface Results {
  comparisons: Comparison[];
  throughput: Throughput | null;
}

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, baseline: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (flags.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const data_dir = await mkdtemp(join(tmpdir(), 'ace-bench-'));
  const engine = await startEngine({ dataDir: data_dir, log: (line) => console.log(line) });
  const sides: Side[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  // It may come before anybody waits for it.
  interrupted.catch(() => {});
  try {
    const connection = await Connection.connect({ address: engine.temporal_address });
    const surroundings: Surroundings = {
      client: new Client({ connection }), temporal_address: engine.temporal_address, mongodb_uri: engine.mongodb_uri, max_parallel: MAX_PARALLEL, data_dir,
    };
    sides.push(await baselineSide(surroundings));
    if (!flags.baseline) sides.push(await engineSide(surroundings));
    const results = await Promise.race([measure(surroundings.client, sides), interrupted, ...sides.map((side) => side.died)]);
    console.log(`\n${comparisonTable(results.comparisons)}`);
    if (results.throughput) console.log(`\n${throughputLine(results.throughput)}`);
    console.log(`\nwritten to ${await writeReport(results)}`);
    await connection.close();
  } finally {
    await Promise.allSettled(sides.map((side) => side.close()));
    await engine.stop();
    await rm(data_dir, { recursive: true, force: true });
  }
}

async function measure(client: Client, sides: Side[]): Promise<Results> {
  const repeats = flags.quick ? 1 : 3;
  const wanted = flags.only?.split(',').map((word) => word.trim()).filter(Boolean);
  const isWanted = (name: string) => wanted === undefined || wanted.some((word) => ` ${name} `.includes(` ${word} `));

  // The first sessions load code, fill caches and are compiled as they run; a worker that has been up for a minute has that behind it.
  await compareShape(client, chain(100), { sides, repeats: 4 });

  const comparisons: Comparison[] = [];
  for (const shape of allShapes(flags.quick ? [10, 100] : [10, 100, 1_000]).filter(({ name }) => isWanted(name))) {
    console.log(`measuring ${shape.name}`);
    comparisons.push(await compareShape(client, shape, { sides, repeats }));
  }
  if (!isWanted('sessions')) return { comparisons, throughput: null };
  console.log('measuring sessions a second');
  return { comparisons, throughput: await compareThroughput(client, sides, { sessions: flags.quick ? 64 : 256, at_a_time: 64, repeats }) };
}

function allShapes(sizes: number[]): Shape[] {
  return [
    ...sizes.map((size) => chain(size)), ...sizes.map(wide), ...sizes.map(randomDag),
    { ...chain(20, 1_000), name: 'output 1 KB' }, { ...chain(20, 100_000), name: 'output 100 KB' },
  ];
}

async function writeReport(results: Results): Promise<string> {
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const taken_at = new Date().toISOString();
  const file = join(folder, `${taken_at.slice(0, 19).replaceAll(':', '-')}.json`);
  const machine = { cpus: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  await writeFile(file, `${JSON.stringify({ taken_at, flags, machine, ...results }, null, 2)}\n`);
  return file;
}
