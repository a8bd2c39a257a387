import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OPERATIONS } from '../../src/operations/index.ts';
import { apiUnderTest } from './api-under-test.ts';
import type { ApiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => { api = await apiUnderTest('http_openapi'); });
afterAll(() => api.close());

test('the document is valid OpenAPI 3.1 and holds every operation', async () => {
  const { status, body } = await api.call('GET', '/openapi.json', { key: null });
  expect(status).toBe(200);
  expect(body.openapi).toMatch(/^3\.1\./);
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
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, { parameters?: Array<{ in: string; name: string }> }>>)) {
    const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map((found) => found[1]);
    for (const method of Object.values(methods)) {
      expect((method.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)).toEqual(inPath);
    }
  }
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
});

test('no two operations share a name or a route', () => {
  const names = OPERATIONS.map((operation) => operation.name);
  expect(new Set(names).size).toBe(names.length);
  const routes = OPERATIONS.map((operation) => `${operation.method} ${operation.path.replace(/:[a-z_]+/g, ':')}`);
  expect(new Set(routes).size).toBe(routes.length);
});
