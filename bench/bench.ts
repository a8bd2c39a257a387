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
import type { Side } from './side.ts';
import { comparisonTable, throughputLine } from './table.ts';

const USAGE = `npm run bench -- [--quick] [--only <words>]
  --quick         sizes 10 and 100, one run each
  --only <words>  only what has one of these comma-separated words in its name (chain, wide, dag, output, sessions, "dag 100")`;

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, help: { type: 'boolean', default: false } } });
if (flags.help) {
  console.log(USAGE);
  process.exit(0);
}
const wanted = flags.only?.split(',').map((word) => word.trim()).filter(Boolean);
const isWanted = (name: string) => wanted === undefined || wanted.some((word) => ` ${name} `.includes(` ${word} `));
const repeats = flags.quick ? 1 : 3;
const sizes = flags.quick ? [10, 100] : [10, 100, 1_000];

const shapes: Shape[] = [
  ...sizes.map((size) => chain(size)), ...sizes.map((size) => wide(size)), ...sizes.map((size) => randomDag(size)),
  { ...chain(20, 1_000), name: 'output 1 KB' }, { ...chain(20, 100_000), name: 'output 100 KB' },
].filter((shape) => isWanted(shape.name));

const dataDir = await mkdtemp(join(tmpdir(), 'ace-bench-'));
const engine = await startEngine({ dataDir, log: (line) => console.log(line), ports: { temporal: 0, temporal_ui: 0, mongod: 0 } });
const sides: Side[] = [];
try {
  const connection = await Connection.connect({ address: engine.temporal_address });
  const surroundings = { client: new Client({ connection }), temporal_address: engine.temporal_address, mongodb_uri: engine.mongodb_uri, max_parallel: 100 };
  const byHand = await baselineSide(surroundings);
  sides.push(byHand);
  const product = await engineSide(surroundings);
  if (product) sides.push(product);
  const both: [Side, Side | null] = [byHand, product];

  // The first sessions load code and fill caches; nobody waits for those twice.
  await compareShape(surroundings.client, chain(10), { sides: both, repeats: 2 });

  const comparisons: Comparison[] = [];
  for (const shape of shapes) {
    console.log(`measuring ${shape.name}`);
    comparisons.push(await compareShape(surroundings.client, shape, { sides: both, repeats }));
  }
  let throughput: Throughput | null = null;
  if (isWanted('sessions')) {
    console.log('measuring sessions a second');
    throughput = await compareThroughput(surroundings.client, both, { sessions: flags.quick ? 64 : 256, at_a_time: 64, repeats });
  }
  console.log(`\n${comparisonTable(comparisons)}`);
  if (throughput) console.log(`\n${throughputLine(throughput)}`);
  await report({ comparisons, throughput });
  await connection.close();
} finally {
  await Promise.allSettled(sides.map((side) => side.close()));
  await engine.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function report(results: { comparisons: Comparison[]; throughput: Throughput | null }): Promise<void> {
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const taken_at = new Date().toISOString();
  const file = join(folder, `${taken_at.slice(0, 19).replaceAll(':', '-')}.json`);
  const machine = { cpus: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  await writeFile(file, `${JSON.stringify({ taken_at, flags, machine, ...results }, null, 2)}\n`);
  console.log(`\nwritten to ${file}`);
}
