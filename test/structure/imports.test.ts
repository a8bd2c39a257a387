import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { FOLDERS, ROOT, sourceFiles, strippedCopy } from './stripped-copy.ts';

interface Cruise {
  modules: Array<{ source: string; dependencies: Array<{ resolved: string }> }>;
  summary: { violations: Array<{ from: string; to: string; rule: { name: string } }> };
}

async function cruise(files: string[], more: Record<string, string> = {}): Promise<Cruise> {
  const copy = await strippedCopy(files, more);
  try {
    const folders = FOLDERS.filter((folder) => existsSync(join(copy, folder)));
    const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...folders], {
      cwd: copy, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_OPTIONS: '' },
    });
    return JSON.parse(stdout) as Cruise;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

test('every import keeps to the rules of the house', async () => {
  const { modules, summary } = await cruise(await sourceFiles());
  expect(modules.find((module) => module.source === 'src/plan/compile.ts')?.dependencies.map((dependency) => dependency.resolved)).toContain('src/plan/find-cycles.ts');
  expect(summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`)).toEqual([]);
});

test('the check sees each kind of violation, and no fault in a type', async () => {
  const { summary } = await cruise([], {
    'src/plan/a.ts': `import { b } from './b.ts'; export const a: number = b;`,
    'src/plan/b.ts': `import { a } from './a.ts'; export const b: number = a;`,
    'src/plan/hash.ts': `import { createHash } from 'node:crypto'; export { createHash };`,
    'src/operations/gone.ts': `export * from './nowhere.ts';`,
    'src/scheduler/run.ts': `export { zod } from '../records/task.ts';`,
    'src/records/task.ts': `import { start } from '../operations/tasks.ts'; export const zod = start;`,
    'src/operations/tasks.ts': `import type { session } from '../../workflows/session.ts'; export const start: typeof session | null = null;`,
    'src/surfaces/http/app.ts': `await import('../../records/task.ts');`,
    'src/providers/late.ts': `import fc from 'fast-check'; import { call } from '../../activities/call.ts'; export { fc, call };`,
    'activities/call.ts': `import { session } from '../workflows/session.ts'; export const call = session;`,
    'workflows/session.ts': `import { z } from 'zod'; import { sleep } from '@temporalio/workflow'; import type { call } from '../activities/call.ts'; export const session = [z, sleep];`,
  });
  expect(summary.violations.map((violation) => `${violation.rule.name}: ${violation.from}`).sort()).toEqual([
    'activities-never: activities/call.ts',
    'no-circular: src/plan/a.ts',
    'no-dev-dependency: src/providers/late.ts',
    'no-unresolvable: src/operations/gone.ts',
    'plan-only: src/plan/hash.ts',
    'providers-never: src/providers/late.ts',
    'records-never: src/records/task.ts',
    'scheduler-only: src/scheduler/run.ts',
    'surfaces-never: src/surfaces/http/app.ts',
    'workflows-only: workflows/session.ts',
  ]);
});
