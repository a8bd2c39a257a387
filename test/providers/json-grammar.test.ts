import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonGrammar } from '../../src/providers/json-grammar.ts';

const schema = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.record({ type: fc.constant('string'), minLength: fc.integer(), maxLength: fc.integer() }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.double(), maximum: fc.double(), multipleOf: fc.double() }, { requiredKeys: ['type'] }),
    fc.record({ enum: fc.array(fc.jsonValue()) }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.integer(), maxItems: fc.integer() }, { requiredKeys: ['type'] }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(fc.string(), tie('schema')), required: fc.array(fc.string()) }, { requiredKeys: ['type'] }),
    fc.record({ anyOf: fc.array(tie('schema')) }),
    fc.record({ $ref: fc.constantFrom('#', '#/properties/a', '#/nowhere') }),
    fc.jsonValue(),
  ),
})).schema;

test('no repetition counts backwards: the parser of llama.cpp would run out of memory and take the process along', () => {
  fc.assert(fc.property(schema, (each) => {
    const grammar = jsonGrammar({ type: 'object', properties: { a: each }, required: ['a'] });
    const outsideText = grammar.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
    for (const [, least, most] of outsideText.matchAll(/\{(-?[\d.e+]+|NaN|-?Infinity),(-?[\d.e+]+|NaN|-?Infinity)\}/g)) {
      expect(least).toMatch(/^\d{1,4}$/);
      expect(most).toMatch(/^\d{1,4}$/);
      expect(Number(least)).toBeLessThanOrEqual(Number(most));
    }
  }));
});

test('nested lists do not double the grammar with each level', () => {
  let nested: Record<string, unknown> = { type: 'boolean' };
  for (let depth = 0; depth < 30; depth += 1) nested = { type: 'array', items: nested };
  expect(jsonGrammar(nested).length).toBeLessThan(5000);
});
