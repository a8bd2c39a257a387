import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ROOT } from '../structure/stripped-copy.ts';

/** README.md and every page below docs, as paths from the project's root. */
export async function pages(): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'docs'), { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.md')).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  return ['README.md', ...found.sort()];
}

export function readPage(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}

export interface Block {
  /** What stands after the opening fence: `sh`, `json`, `output`. */
  language: string;
  text: string;
  /** Of the opening fence, from 1. */
  line: number;
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  page.split('\n').forEach((line, index) => {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence === null) {
      if (open !== undefined) open.text += `${line}\n`;
    } else if (open === undefined) {
      open = { language: fence[1]!, text: '', line: index + 1 };
    } else {
      blocks.push(open);
      open = undefined;
    }
  });
  return blocks;
}

/** A page without its fenced blocks, in which nothing is Markdown. */
export function proseOf(page: string): string {
  return page.replace(/^\s*```[\s\S]*?^\s*```/gm, '');
}
