import { expect, test } from '@jest/globals';
import { minimalInstance } from '../../src/providers/minimal-instance.ts';
import { problemsOf } from './schema-check.ts';
import { SCHEMAS } from './schemas.ts';

test.each(Object.entries(SCHEMAS))('fits %s', (_, schema) => {
  expect(problemsOf(schema, minimalInstance(schema, 'Write about tea.'))).toBeNull();
});

test('says what it was given where a string may be anything', () => {
  expect(minimalInstance(SCHEMAS['a plan'] ?? {}, 'Write about tea.')).toEqual({
    subtask_queries: [{ agent_name: 'Historian', subtask_query: 'Write about tea.' }],
  });
});

test('an endless schema ends', () => {
  const endless = { $defs: { a: { type: 'object', properties: { x: { $ref: '#/$defs/a' } }, required: ['x'] } }, $ref: '#/$defs/a' };
  expect(() => minimalInstance(endless, '')).not.toThrow();
  expect(() => minimalInstance({ $ref: '#' }, '')).not.toThrow();
});
