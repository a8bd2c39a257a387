import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWith } from '../session/bundle-with.ts';
import { runChain, type Run } from '../session/run-chain.ts';
import { startTestPlace, type TestPlace } from '../session/start-test-place.ts';
import { startTestWorker } from '../session/start-test-worker.ts';
import globalSetup from '../setup/global-setup.ts';
import globalTeardown from '../setup/global-teardown.ts';
import { SCENARIOS, play } from './scenarios.ts';
import { storeHistory } from './stored-history.ts';

/** `npm run histories:record [scenario …]`: plays every scenario, or those named, on an engine of its own and stores the histories. */
async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => SCENARIOS[name] === undefined);
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}.`);
  await globalSetup();
  try {
    const place = await startTestPlace();
    try {
      for (const name of chosen.length > 0 ? chosen : Object.keys(SCENARIOS)) {
        const runs = await record(name, place);
        for (const old of readdirSync(import.meta.dirname).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.json.gz'))) rmSync(join(import.meta.dirname, old));
        const sizes = runs.map(({ history }, index) => storeHistory(`${name}.${index + 1}`, history));
        process.stdout.write(`${name}: ${sizes.map((bytes) => `${(bytes / 1024).toFixed(1)} KB`).join(', ')}\n`);
      }
    } finally {
      await place.stop();
    }
  } finally {
    await globalTeardown();
  }
}

async function record(name: string, place: TestPlace): Promise<Run[]> {
  const { constants } = SCENARIOS[name]!;
  const worker = await startTestWorker({ place, ...(constants === undefined ? {} : { bundle_path: await bundleWith(constants) }) });
  try {
    return await runChain(await play(name, worker));
  } finally {
    await worker.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
