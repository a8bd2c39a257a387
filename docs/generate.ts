import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REFERENCE } from './pages/reference.ts';

/** `npm run docs`: writes docs/reference from the code. */
const folder = join(import.meta.dirname, 'reference');
await mkdir(folder, { recursive: true });
for (const [file, make] of Object.entries(REFERENCE)) await writeFile(join(folder, file), make());
process.stdout.write(`Wrote ${Object.keys(REFERENCE).length} pages into docs/reference.\n`);
process.exit(0);
