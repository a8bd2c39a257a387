import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeEach, expect, test } from '@jest/globals';

const INSTALL = fileURLToPath(new URL('../../src/engine/install.mjs', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'ace-install-'));
const stamp = join(root, 'node_modules', '.ace-installed-from');
const dependency = join(root, 'node_modules', 'dependency');

/** A project whose only dependency is a folder of its own, so that npm needs no network. */
function project(version: string): void {
  mkdirSync(join(root, 'dependency'), { recursive: true });
  writeFileSync(join(root, 'dependency', 'package.json'), JSON.stringify({ name: 'dependency', version }));
  const head = { name: 'project', version: '1.0.0', dependencies: { dependency: 'file:dependency' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(head));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({
    ...head, lockfileVersion: 3, requires: true,
    packages: { '': head, dependency: { version }, 'node_modules/dependency': { resolved: 'dependency', link: true } },
  }));
}

const run = () => promisify(execFile)(process.execPath, [INSTALL, root]).then(({ stderr }) => stderr);

beforeEach(() => {
  rmSync(join(root, 'node_modules'), { recursive: true, force: true });
  project('1.0.0');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('installs where nothing is installed, is silent the second time, and installs again for another lock file', async () => {
  expect(await run()).toMatch(/npm ci: none are installed yet[^]*Dependencies are installed/);
  expect(existsSync(dependency)).toBe(true);
  expect(await run()).toBe('');
  project('1.0.1');
  expect(await run()).toContain('installed from another package-lock.json');
  expect(await run()).toBe('');
});

test('an installation that was interrupted is done again', async () => {
  mkdirSync(join(root, 'node_modules'));
  expect(await run()).toContain('Dependencies are installed');
  expect(existsSync(dependency)).toBe(true);
});

test('what npm install itself has installed from the same lock file is taken as it is', async () => {
  spawnSync('npm', ['install', '--no-audit', '--no-fund', '--offline'], { cwd: root });
  expect(existsSync(stamp)).toBe(false);
  expect(await run()).toBe('');
  expect(existsSync(stamp)).toBe(true);
});

test('two at once install once', async () => {
  const [first, second] = await Promise.all([run(), run()]);
  const both = `${first}${second}`;
  expect(both.match(/Dependencies are installed/g)).toHaveLength(1);
  expect(both).toContain('waiting for it');
});

test('the lock of a process that is no more is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(join(root, '.ace-install.lock'), String(pid));
  expect(await run()).toContain('Dependencies are installed');
  expect(existsSync(join(root, '.ace-install.lock'))).toBe(false);
});

test('a failing npm ci gives its exit code, starts nothing and leaves no stamp', async () => {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', dependencies: { other: '1.0.0' } }));
  await expect(run()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm ci ended with code 1') });
  expect(existsSync(stamp)).toBe(false);
});

/** npm ci refuses a lock file that misses even an optional package of another platform. */
test('the lock file names every optional package', () => {
  const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
  const names = new Set(Object.keys(packages).map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)));
  const missing = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})).filter((name) => !names.has(name));
  expect(missing).toEqual([]);
});
