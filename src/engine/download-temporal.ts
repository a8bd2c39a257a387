import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { assertReachable } from './assert-reachable.ts';
import { TEMPORAL_VERSION } from './temporal-version.ts';

const ARCH: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Lets the Temporal SDK download its CLI into an empty folder; answers the path of the program.
 * The SDK downloads only in order to start a server, so one is started and ended.
 */
export async function downloadTemporal(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  await assertReachable(`https://temporal.download/cli/v${TEMPORAL_VERSION}?platform=${platform}&arch=${ARCH[process.arch] ?? process.arch}`);
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', version: `v${TEMPORAL_VERSION}`, downloadDir: folder }, ip: '127.0.0.1', ui: false },
  });
  await environment.teardown();
  const file = readdirSync(folder).find((name) => name.startsWith('temporal'));
  if (file === undefined) throw new Error('the downloader left no program');
  return join(folder, file);
}
