import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OPERATIONS } from '../../src/operations/index.ts';
import { inputPlaces } from '../../src/operations/operation.ts';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => { api = await apiUnderTest('http_openapi'); });
afterAll(() => api.close());

test('the document is valid OpenAPI 3.1 and holds every operation', async () => {
  const { status, body } = await api.call('GET', '/openapi.json', { key: null });
  expect(status).toBe(200);
  expect(body.openapi).toMatch(/^3\.1\./);
  expect(body.info.version).toBe(JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')).version);
  const checked = await new Validator().validate(body);
  expect(checked.errors ?? []).toEqual([]);
  expect(checked.valid).toBe(true);
  const documented = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap((methods) => Object.values(methods).map((method) => method.operationId));
  expect(documented.sort()).toEqual(OPERATIONS.map((operation) => operation.name).sort());
});

test('every reference of the document leads somewhere, and every path parameter is declared', async () => {
  const { body } = await api.call('GET', '/openapi.json', { key: null });
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((found) => found[1]!);
  expect(references.length).toBeGreaterThan(10);
  for (const name of references) expect(Object.keys(body.components.schemas)).toContain(name);
  expect(JSON.stringify(body)).not.toContain('#/$defs/');
  expect(Object.keys(body.components.schemas).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, { parameters?: Array<{ in: string; name: string }> }>>)) {
    const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map((found) => found[1]);
    for (const method of Object.values(methods)) {
      expect((method.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)).toEqual(inPath);
    }
  }
});

test('every operation says what it takes, what it answers and how it refuses, in schemas that can be used', async () => {
  const { body } = await api.call('GET', '/openapi.json', { key: null });
  // Resolved against the document itself, as a generator of clients does.
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(body, 'document');
  for (const operation of OPERATIONS) {
    const path = `/v1${operation.path.replace(/:([a-z_]+)/g, '{$1}')}`;
    const method = operation.method.toLowerCase();
    const documented = body.paths[path][method];
    const pointer = `document#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}`;
    expect(documented.summary.length).toBeGreaterThan(5);
    const { body: fields } = inputPlaces(operation);
    expect([operation.name, documented.requestBody !== undefined]).toEqual([operation.name, fields.length > 0]);
    if (fields.length > 0) {
      const schema = documented.requestBody.content['application/json'].schema;
      expect(Object.keys(schema.properties)).toEqual(fields);
      expect(schema.additionalProperties).toBe(false);
      expect(() => ajv.compile({ $ref: `${pointer}/requestBody/content/application~1json/schema` })).not.toThrow();
    }
    expect(documented.responses.default.content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' });
    const statuses = [operation.status ?? 200, ...(operation.other_statuses ?? [])];
    expect(Object.keys(documented.responses).sort()).toEqual([...statuses.map(String), 'default'].sort());
    for (const status of statuses.filter((one) => one !== 204)) {
      for (const [type, { schema }] of Object.entries(documented.responses[status].content as Record<string, { schema: unknown }>)) {
        expect([operation.name, type, typeof schema]).toEqual([operation.name, type, 'object']);
        expect(() => ajv.compile({ $ref: `${pointer}/responses/${status}/content/${type.replaceAll('/', '~1').replaceAll('*', '%2A')}/schema` })).not.toThrow();
      }
    }
  }
});

test('answers fit the document, as a client that reads nothing else sees them', async () => {
  const { body } = await api.call('GET', '/openapi.json', { key: null });
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(body, 'document');
  const agent = await api.call('POST', '/v1/agents', { body: { agent_name: 'Documented', model: 'scripted/x' } });
  const refused = await api.call('POST', '/v1/agents', { body: {} });
  const coordination = await api.call('POST', '/v1/coordinations', { body: { coordination_name: 'Documented', agents: [{ agent_name: 'Documented' }] } });
  for (const [name, value] of [['Agent', agent.body], ['Problem', refused.body], ['Coordination', coordination.body]] as const) {
    const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
    expect([name, validate(value), validate.errors]).toEqual([name, true, null]);
    expect(validate({ ...value, status: 'x', created_at: 7 })).toBe(false);
  }
});

test('whoever opens the address of the API comes to the documentation', async () => {
  const reply = await fetch(`${api.url}/`, { redirect: 'manual' });
  expect([reply.status, reply.headers.get('location')]).toEqual([302, '/docs']);
  expect((await api.call('GET', '/', { key: null })).text).toContain('swagger-ui');
});

test('the documentation page is whole without the network', async () => {
  const page = await api.call('GET', '/docs/', { key: null });
  expect(page.status).toBe(200);
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1]!);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(file).not.toMatch(/^(https?:)?\/\//);
    const { pathname } = new URL(file, 'http://x/docs/');
    expect([pathname, (await api.call('GET', pathname, { key: null })).status]).toEqual([pathname, 200]);
  }
  expect((await api.call('GET', '/docs/swagger-initializer.js', { key: null })).text).toContain('/openapi.json');
  expect((await api.call('GET', '/docs/swagger-initializer.js', { key: null })).text).not.toContain('petstore');
  expect((await api.call('GET', '/docs/swagger-initializer.js', { key: null })).text).toContain("document.title = 'AI Coordination Engine'");
  // Whatever a file names, the browser asks nobody but this server.
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|\*|unsafe-eval/);
  expect((await api.call('GET', '/docs/swagger-ui.css', { key: null })).text).not.toMatch(/url\(["']?(https?:)?\/\/|@import/);
});

test('no two operations share a name or a route', () => {
  const names = OPERATIONS.map((operation) => operation.name);
  expect(new Set(names).size).toBe(names.length);
  const routes = OPERATIONS.map((operation) => `${operation.method} ${operation.path.replace(/:[a-z_]+/g, ':')}`);
  expect(new Set(routes).size).toBe(routes.length);
});
