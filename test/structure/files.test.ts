import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT, sourceFiles } from './stripped-copy.ts';

const SAYS_NOTHING = /(^|[-./])(utils?|helpers?|common|managers?|misc)(?=[-./])/i;
const LONGEST = 300;

function badNames(files: string[]): string[] {
  return files.filter((file) => SAYS_NOTHING.test(file));
}

function linesOver(text: string, most: number): boolean {
  return text.trimEnd().split('\n').length > most;
}

test('no file or folder has a name that says nothing', async () => {
  expect(badNames(await sourceFiles())).toEqual([]);
});

test('no file holds more than 300 lines', async () => {
  const files = await sourceFiles();
  expect(files.length).toBeGreaterThan(20);
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
  expect(files.filter((_, index) => linesOver(texts[index]!, LONGEST))).toEqual([]);
});

test('both checks see what they look for', () => {
  expect(badNames(['src/utils.ts', 'src/common/a.ts', 'src/plan/date-helpers.ts', 'src/session-manager.ts', 'test/misc.test.ts', 'src/plan/compile.ts', 'src/commonplace.ts'])).toHaveLength(5);
  expect(linesOver('x\n'.repeat(300), LONGEST)).toBe(false);
  expect(linesOver('x\n'.repeat(301), LONGEST)).toBe(true);
});
