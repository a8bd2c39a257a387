import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../structure/stripped-copy.ts';
import { pages, proseOf, readPage } from './pages.ts';

/** How GitHub names a heading's anchor. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return text.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
}

function anchorsOf(page: string): Set<string> {
  return new Set([...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map((found) => anchorOf(found[1]!)));
}

function linksOf(page: string): string[] {
  const prose = proseOf(page).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1]!).filter((target) => !/^[a-z]+:/.test(target));
}

async function brokenLinks(file: string, page: string): Promise<string[]> {
  const broken: string[] = [];
  for (const target of linksOf(page)) {
    const [path, anchor] = target.split('#') as [string, string | undefined];
    const to = path === '' ? file : join(dirname(file), path);
    if (!existsSync(join(ROOT, to))) broken.push(`${file}: ${target}: no such file`);
    else if (anchor !== undefined && !anchorsOf(path === '' ? page : await readPage(to)).has(anchor)) broken.push(`${file}: ${target}: no such heading`);
  }
  return broken;
}

test('every relative link of README and docs leads somewhere', async () => {
  const found = await Promise.all((await pages()).map(async (file) => brokenLinks(file, await readPage(file))));
  expect(found.flat()).toEqual([]);
});

test('the check sees a missing file and a missing heading, and nothing in code', async () => {
  const page = '# A `b` title: c\n[1](#a-b-title-c) [2](docs/generate.ts) [3](nowhere.md) [4](#nothing) [5](https://example.com) `[6](x.md)`\n```md\n[7](y.md)\n```\n';
  expect(await brokenLinks('README.md', page)).toEqual(['README.md: nowhere.md: no such file', 'README.md: #nothing: no such heading']);
});

test('every page of the docs is reached by links from the README', async () => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    if (!file.endsWith('.md')) continue;
    for (const target of linksOf(await readPage(file))) reached.add(join(dirname(file), target.split('#')[0] || file.split('/').at(-1)!));
  }
  expect((await pages()).filter((file) => !reached.has(file))).toEqual([]);
});
