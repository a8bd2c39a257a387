const object = (properties: object, required = Object.keys(properties)) => ({ type: 'object', properties, required, additionalProperties: false });

/** Schemas that agents are likely to have, and the odd ones that they may. */
export const SCHEMAS: Record<string, Record<string, unknown>> = {
  'a plan': object({
    subtask_queries: {
      type: 'array', minItems: 1,
      items: object({ agent_name: { type: 'string', enum: ['Historian', 'Chemist', 'Editor'] }, subtask_query: { type: 'string', minLength: 1 } }),
    },
  }),
  'bounded numbers': object({
    score: { type: 'integer', minimum: 0, maximum: 10 }, ratio: { type: 'number', minimum: 0, maximum: 1 },
    above: { type: 'number', exclusiveMinimum: 0 }, only_four: { type: 'integer', exclusiveMinimum: 3, exclusiveMaximum: 5 },
    fives: { type: 'integer', multipleOf: 5, minimum: 10 }, below: { type: 'integer', minimum: -20, maximum: -10 },
  }),
  'literals': object({ verdict: { enum: ['good', 'bad', null, 3] }, kind: { const: 'a"b\\c' }, notes: { type: ['string', 'null'], maxLength: 80 } }),
  'formats': object({
    date: { type: 'string', format: 'date' }, at: { type: 'string', format: 'date-time' }, id: { type: 'string', format: 'uuid' },
    mail: { type: 'string', format: 'email' }, link: { type: 'string', format: 'uri' },
  }),
  'lists': object({
    tags: { type: 'array', minItems: 2, maxItems: 3, items: { type: 'string', maxLength: 12 } },
    pair: { type: 'array', prefixItems: [{ type: 'string', maxLength: 5 }, { type: 'integer' }], minItems: 2, maxItems: 2 },
  }),
  'unions': object({
    either: { anyOf: [{ type: 'null' }, object({ yes: { type: 'boolean' } }), { type: 'integer', minimum: 100, maximum: 120 }] },
    both: { allOf: [{ type: 'object', properties: { p: { type: 'string', maxLength: 10 } }, required: ['p'] }, { properties: { q: { type: 'boolean' } }, required: ['q'] }] },
  }),
  'a tree': {
    $defs: { node: { type: 'object', properties: { name: { type: 'string', maxLength: 20 }, children: { type: 'array', items: { $ref: '#/$defs/node' } } }, required: ['name', 'children'] } },
    $ref: '#/$defs/node',
  },
  'itself': { type: 'object', properties: { name: { type: 'string', maxLength: 20 }, parent: { $ref: '#' } }, required: ['name'] },
  'a map': { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
  'odd names': object({ 'we"ird\\key\n': { type: 'string', maxLength: 10 }, 'ключ': { type: 'boolean' } }),
  'anything': object({ a: {}, b: { type: 'object' }, c: true }),
  'a list at the root': { type: 'array', items: { type: 'string', maxLength: 30 }, minItems: 5 },
  'a string at the root': { type: 'string' },
};
