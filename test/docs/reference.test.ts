import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { REFERENCE } from '../../docs/pages/reference.ts';
import { Environment, READ_ELSEWHERE } from '../../src/config.ts';
import { VENDORS } from '../../src/providers/registry.ts';
import { ROOT, sourceFiles } from '../structure/stripped-copy.ts';

const FOLDER = join(ROOT, 'docs/reference');

test.each(Object.keys(REFERENCE))('docs/reference/%s says what the code says; npm run docs writes it anew', async (file) => {
  expect(await readFile(join(FOLDER, file), 'utf8')).toBe(REFERENCE[file]!());
});

test('no page lies in docs/reference that nothing makes', async () => {
  expect((await readdir(FOLDER)).sort()).toEqual(Object.keys(REFERENCE).sort());
});

test('the configuration page names every variable that the product reads', async () => {
  const known = new Set([...Object.keys(Environment.shape), ...Object.keys(READ_ELSEWHERE), ...Object.values(VENDORS).flatMap(({ env }) => Object.values(env ?? {}))]);
  const product = (await sourceFiles()).filter((file) => /^(src|activities|workers)\//.test(file));
  const texts = await Promise.all(product.map((file) => readFile(join(ROOT, file), 'utf8')));
  const read = new Set(texts.flatMap((text) => [...text.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map((found) => found[1]!)));
  expect(read.size).toBeGreaterThan(5);
  const everyPrograms = ['PATH', 'NO_PROXY'];
  expect([...read].filter((name) => !everyPrograms.includes(name) && !known.has(name))).toEqual([]);
});
