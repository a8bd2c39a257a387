import { expect, test } from '@jest/globals';
import { misfit, schemaFault } from '../../src/records/json-schema.ts';

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';
const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

test('a pattern that holds up a backtracking engine is matched in linear time', () => {
  expect(misfit({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(60_000)}!`, 'input')).toContain('pattern');
  expect(misfit({ type: 'string', pattern: '^(a+)+$' }, 'a'.repeat(60_000), 'input')).toBeNull();
  expect(misfit({ patternProperties: { '^(a+)+$': { type: 'number' } } }, { aa: 'x' }, 'input')).toContain('input/aa must be number');
});

test.each([
  ['a type that is none', { type: 'nonsense' }],
  ['a reference that leads nowhere', { $ref: '#/$defs/none' }],
  ['a reference to another site', { $ref: 'https://example.com/schema' }],
  ['a pattern that is none', { type: 'string', pattern: '(' }],
  ['a pattern that looks ahead', { type: 'string', pattern: '(?=a)b' }],
])('a schema with %s is told before anything is checked against it', (_name, schema) => {
  expect(schemaFault(schema)).not.toBeNull();
  expect(misfit(schema, 'x', 'input')).toContain('cannot be used');
});

test('a schema that leads back to itself refuses and does not end the process', () => {
  expect(misfit({ allOf: [{ $ref: '#' }] }, 1, 'input')).toContain('cannot be used');
});

test('schemas of the drafts that people use are understood, and the same $id may come twice', () => {
  const $defs = { name: { type: 'string' } };
  expect(misfit({ $schema: DRAFT_2020, $defs, properties: { a: { $ref: '#/$defs/name' } } }, { a: 1 }, 'input')).toBe('input/a must be string');
  expect(misfit({ $schema: DRAFT_2020, prefixItems: [{ type: 'string' }] }, [1], 'input')).toBe('input/0 must be string');
  expect(misfit({ $schema: DRAFT_07, items: [{ type: 'string' }] }, [1], 'input')).toBe('input/0 must be string');
  expect(misfit({ $id: 'https://example.com/a', type: 'string' }, 1, 'input')).toBe('input must be string');
  expect(misfit({ $id: 'https://example.com/a', type: 'number' }, 1, 'input')).toBeNull();
});
