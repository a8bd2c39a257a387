import { OPERATIONS } from '../../src/operations/index.ts';
import { openApiDocument } from '../../src/surfaces/http/openapi-document.ts';
import { page, table } from './markdown.ts';
import { fieldRows, isAnyJson, typeText, type JsonSchema } from './schema-text.ts';

interface Described {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Array<{ name: string; in: string; required: boolean; description?: string; schema: JsonSchema }>;
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } };
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
  'x-permission'?: string;
}

interface OpenApi {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, JsonSchema> };
}

function document(): OpenApi {
  return openApiDocument(OPERATIONS) as unknown as OpenApi;
}

/** Every operation: its route, its permission, what it takes and what it answers. */
export function operationsPage(): string {
  const operations = Object.entries(document().paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ route: `${method.toUpperCase()} ${path}`, described })));
  const tags = [...new Set(operations.map(({ described }) => described.tags[0]!))];
  const parts = tags.flatMap((tag) => {
    const own = operations.filter(({ described }) => described.tags[0] === tag);
    return [`## ${tag}`, ...own.flatMap(({ route, described }) => operationParts(route, described))];
  });
  return page('Operations', [
    'Every request carries `Authorization: Bearer <key>`, except those to `/healthz`, `/readyz`, `/status`, `/metrics`, `/openapi.json` and `/docs`. '
    + 'A failure is a [problem document](errors.md). The same list, to be tried out in a browser, is at `/docs`; for programs it is at `/openapi.json`.',
    table(['Operation', 'Route', 'What it does'], operations.map(({ route, described }) => [`[${described.operationId}](#${anchor(described.operationId)})`, `\`${route}\``, described.summary])),
    ...parts,
  ]);
}

/** How GitHub names a heading's anchor: dots go. */
function anchor(name: string): string {
  return name.toLowerCase().replaceAll('.', '');
}

function operationParts(route: string, described: Described): string[] {
  const { parameters = [], requestBody, responses } = described;
  const body = requestBody?.content['application/json'].schema;
  const places = ['path', 'query', 'header'].flatMap((place) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    const required = own.filter((parameter) => parameter.required && place !== 'path').map(({ name }) => name);
    const fields = Object.fromEntries(own.map(({ name, description, schema }) => [name, { ...schema, ...(description === undefined ? {} : { description }) }]));
    return own.length === 0 ? [] : [`In the ${place}:`, fieldTable(fields, required)];
  });
  return [
    `### ${described.operationId}`,
    `\`${route}\``,
    `${described.summary}.${described.description === undefined ? '' : ` ${described.description}`}`,
    `Permission: ${described['x-permission'] === undefined ? 'any key' : `\`${described['x-permission']}\``}.`,
    ...places,
    ...(body?.properties === undefined ? [] : ['In the body:', fieldTable(body.properties, body.required)]),
    answers(responses),
  ];
}

function fieldTable(properties: Record<string, JsonSchema>, required: readonly string[] = []): string {
  return table(['Field', 'Type', 'What it is'], fieldRows(properties, required));
}

function answers(responses: Described['responses']): string {
  const statuses = Object.keys(responses).filter((status) => status !== 'default');
  const [type, answer] = Object.entries(responses[statuses[0]!]?.content ?? {})[0] ?? [];
  const what = answer === undefined ? 'nothing' : type === '*/*' ? 'the text itself' : typeText(answer.schema);
  const form = type === 'text/event-stream' ? ' in each event of a stream of server-sent events' : '';
  return `Answers ${statuses.join(' or ')} with ${what}${form}.`;
}

/** The named shapes that operations take and answer with. */
export function schemasPage(): string {
  const schemas = Object.entries(document().components.schemas)
    .filter(([name]) => !isAnyJson(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return page('Schemas', [
    'Times are RFC 3339 in UTC, money is US dollars as a decimal string, durations are `30s`, `5m`, `1h`, ISO 8601 or milliseconds.',
    ...schemas.flatMap(([name, schema]) => [
      `## ${name}`,
      ...(schema.description === undefined ? [] : [schema.description]),
      schema.properties === undefined ? typeText(schema) : fieldTable(schema.properties),
    ]),
  ]);
}
