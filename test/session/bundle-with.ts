import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The bundle of all files with other values of these constants, so that no test has to wait for an hour. Answers its path. */
export async function bundleWith(constants: Record<string, string>): Promise<string> {
  let code = await readFile(process.env.ACE_WORKFLOW_BUNDLE!, 'utf8');
  for (const [name, value] of Object.entries(constants)) {
    const found = code.match(new RegExp(`const ${name} = [^;]+;`, 'g')) ?? [];
    if (found.length !== 1) throw new Error(`The bundle has ${name} ${found.length} times.`);
    code = code.replace(found[0]!, `const ${name} = ${value};`);
  }
  // In the folder that is thrown away with all that the tests made.
  const path = join(dirname(process.env.ACE_WORKFLOW_BUNDLE!), `workflows-${randomUUID()}.js`);
  await writeFile(path, code);
  return path;
}
