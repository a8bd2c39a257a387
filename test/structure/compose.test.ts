import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { VENDORS } from '../../src/providers/registry.ts';
import { ROOT } from './stripped-copy.ts';

const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

/** The text of a top-level or service block, by its name. */
function block(name: string): string {
  const [, indent = '', body] = new RegExp(`^( *)${name}:.*\\n((?:\\1 +.*\\n|\\n| *#.*\\n)+)`, 'm').exec(compose) ?? [];
  if (body === undefined) throw new Error(`docker-compose.yml has no ${indent}${name}`);
  return body;
}

test("every variable that the compose file and the image set for the engine's processes is one that they read", () => {
  const set = ['x-engine', 'api', 'worker'].flatMap((name) => [...block(name).matchAll(/^ +([A-Z][A-Z_]+):/gm)].map(([, variable]) => variable!));
  const inImage = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) => line!.split(' ').map((pair) => pair.split('=')[0]!));
  expect(set).toContain('MONGODB_URI');
  expect(inImage).toContain('HOST');
  const config = readFileSync(join(ROOT, 'src/config.ts'), 'utf8');
  const read = [
    ...[...config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, variable]) => variable!),
    ...Object.values(VENDORS).flatMap(({ env }) => (env === null ? [] : [env.api_key, env.base_url])),
    'ACE_CACHE', 'NODE_ENV',
  ];
  expect([...set, ...inImage].filter((variable) => !read.includes(variable))).toEqual([]);
});

test('the image holds each folder that its processes import, and what is built from them', () => {
  const copied = [...dockerfile.matchAll(/^COPY (\S+) \1$/gm)].map(([, folder]) => folder);
  expect(copied).toEqual(expect.arrayContaining(['src', 'workflows', 'activities', 'workers']));
});
