import { createRequire } from 'node:module';
import { z } from 'zod';
import { ERRORS } from '../../errors.ts';
import { inputPlaces } from '../../operations/operation.ts';
import type { Operation } from '../../operations/operation.ts';

type Json = Record<string, unknown>;

const { version: VERSION } = createRequire(import.meta.url)('../../../package.json') as { version: string };

/** The OpenAPI 3.1 document of a list of operations. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const components: Json = { Problem: PROBLEM };
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = `/v1${operation.path.replace(/:([a-z_]+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation, components) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'AI Coordination Engine',
      version: VERSION,
      description: 'Runs teams of AI agents as durable workflows. Errors are RFC 9457 problem documents; lists answer `{data, next}`. Every request is answered within 30 s beyond its `wait`, with a 503 that names the service where MongoDB or Temporal is away.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `ace_…`.' } },
    },
  };
}

function tagOf(operation: Operation): string {
  return operation.name.split('.')[0]!;
}

function described(operation: Operation, components: Json): Json {
  const places = inputPlaces(operation);
  const input = schemaOf(operation.input, 'input', components);
  const properties = (input.properties ?? {}) as Record<string, Json>;
  const required = new Set((input.required ?? []) as string[]);
  const parameters = [
    ...places.path.map((name) => parameter(name, 'path', { schema: properties[name], required: true })),
    ...places.query.map((name) => parameter(name, 'query', { schema: properties[name], required: required.has(name) })),
    ...(operation.idempotent === true ? [IDEMPOTENCY_KEY] : []),
    ...(operation.kind === 'sse' ? [LAST_EVENT_ID, ACCESS_TOKEN] : []),
  ];
  return {
    operationId: operation.name,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [tagOf(operation)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(places.body.length === 0 ? {} : { requestBody: body(places.body, properties, required) }),
    responses: responses(operation, components),
    ...(operation.permission === null ? {} : { 'x-permission': operation.permission }),
  };
}

function parameter(name: string, place: 'path' | 'query', { schema = {}, required }: { schema: Json | undefined; required: boolean }): Json {
  const { description, ...rest } = schema;
  const common = { in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  // `metadata.<key>=<value>`: a form parameter cannot say a dot, so each key is its own parameter.
  return name === 'metadata' ? { name: 'metadata.{key}', ...common, schema: { type: 'string' }, description: 'Only those with this metadata; once for each key.' } : { name, ...common };
}

function body(fields: string[], properties: Record<string, Json>, required: Set<string>): Json {
  const needed = fields.filter((field) => required.has(field));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, properties[field]])),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
  return { required: needed.length > 0, content: { 'application/json': { schema } } };
}

function responses(operation: Operation, components: Json): Json {
  const answers: Json = { default: { description: 'A problem document', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } };
  for (const status of [operation.status ?? 200, ...(operation.other_statuses ?? [])]) {
    answers[status] = status === 204 ? { description: 'Done' } : { description: 'Success', content: contentOf(operation, components) };
  }
  return answers;
}

function contentOf(operation: Operation, components: Json): Json {
  if (operation.kind === 'content') return { '*/*': { schema: { type: 'string' } } };
  const schema = schemaOf(operation.output, 'output', components);
  if (operation.kind === 'sse') return { 'text/event-stream': { schema } };
  const texts = Object.values(operation.formats ?? {}).map((type) => [type, { schema: { type: 'string' } }]);
  return { 'application/json': { schema }, ...Object.fromEntries(texts) };
}

/** A schema with its named parts moved to the components; one name stands for one shape. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const { $schema, $defs, ...own } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The format says it; zod's pattern for it is a page long.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  }) as Json & { $defs?: Json };
  // zod leaves a copy without a name of what contains itself; nothing refers to it.
  for (const [name, part] of Object.entries($defs ?? {})) if (!name.startsWith('__')) components[name] = moved(part);
  const root = moved(own) as Json;
  if (typeof root.id !== 'string') return root;
  const { id, ...named } = root;
  components[id as string] = named;
  return { $ref: `#/components/schemas/${String(id)}` };
}

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [
    key, key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : moved(item),
  ]));
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Carries the request out once: for 24 hours the same key with the same body gets the same answer.',
};

const LAST_EVENT_ID: Json = {
  name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'integer', minimum: 0 },
  description: 'Resume after the event with this id.',
};

const ACCESS_TOKEN: Json = {
  name: 'access_token', in: 'query', required: false, schema: { type: 'string' },
  description: 'In place of the header Authorization, for EventSource: what POST /v1/stream-tokens gave less than a minute ago.',
};

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457 problem document',
  required: ['type', 'title', 'status', 'code', 'detail', 'errors', 'request_id', 'trace_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string' }, message: { type: 'string' }, code: { type: 'string' } } },
    },
    request_id: { type: 'string' },
    trace_id: { type: ['string', 'null'] },
  },
};
