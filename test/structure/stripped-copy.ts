import { cp, mkdtemp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const FOLDERS = ['src', 'workflows', 'activities', 'workers', 'bench', 'dashboard', 'docs', 'test'];

/** The project's TypeScript files, as paths relative to its root. */
export async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const entry of entries) if (entry.isFile() && /\.tsx?$/.test(entry.name)) files.push(relative(ROOT, join(entry.parentPath, entry.name)));
  }
  return files.filter((file) => !file.includes('node_modules'));
}

/** A copy of the sources in a new temporary folder with their types removed, and with them every `import type`. */
export async function strippedCopy(files: string[], more: Record<string, string> = {}): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'ace-structure-'));
  await cp(join(ROOT, 'package.json'), join(copy, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const texts = [
    ...await Promise.all(files.filter((file) => file.endsWith('.ts')).map(async (file) => [file, await readFile(join(ROOT, file), 'utf8')] as const)),
    ...Object.entries(more),
  ];
  for (const [file, text] of texts) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), stripTypeScriptTypes(text));
  }
  return copy;
}
