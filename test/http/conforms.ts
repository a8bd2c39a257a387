import { ERRORS } from '../../src/errors.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import type { Operation } from '../../src/operations/operation.ts';

/** The operation that a request reaches: of several patterns the one with the fewest and the latest parameters, as in the router. */
export function operationOf(method: string, path: string): Operation | undefined {
  const { pathname } = new URL(path, 'http://x');
  const fits = (operation: Operation) => operation.method === method && new RegExp(`^/v1${operation.path.replace(/:[a-z_]+/g, '[^/]+')}$`).test(pathname);
  const parameters = ({ path }: Operation) => path.split(':').length;
  return OPERATIONS.filter(fits).sort((one, other) => parameters(one) - parameters(other) || other.path.indexOf(':') - one.path.indexOf(':'))[0];
}

/** What is wrong with an answer by the document that describes it; null where it keeps it. */
export function faultOf(request: { method: string; path: string }, answer: { status: number; type: string; body: unknown }): string | null {
  const { status, type, body } = answer;
  if (type.startsWith('application/problem+json') || status >= 400) return problemFault(status, type, body as Record<string, unknown>);
  const operation = operationOf(request.method, request.path);
  if (operation?.kind !== 'json') return null;
  const documented = [operation.status ?? 200, ...(operation.other_statuses ?? [])];
  if (!documented.includes(status)) return `status ${status} is not documented for ${operation.name}`;
  if (status === 204 || !type.startsWith('application/json')) return null;
  const read = operation.output.safeParse(body);
  return read.success ? null : `the answer of ${operation.name} does not fit its schema: ${JSON.stringify(read.error.issues).slice(0, 2_000)}`;
}

function problemFault(status: number, type: string, body: Record<string, unknown>): string | null {
  if (!type.startsWith('application/problem+json')) return `an answer of ${status} is of type ${type}`;
  const known = ERRORS[body.code as keyof typeof ERRORS] as readonly [number, string] | undefined;
  if (known === undefined || known[0] !== status || body.status !== status || body.title !== known[1]) return `${String(body.code)} with ${status} is not in the table`;
  const isWhole = typeof body.detail === 'string' && Array.isArray(body.errors) && typeof body.request_id === 'string' && 'trace_id' in body && body.type === `urn:ace:error:${String(body.code)}`;
  return isWhole ? null : `a member is missing: ${JSON.stringify(body).slice(0, 500)}`;
}
