import { ERRORS, type ErrorCode } from '../../src/errors.ts';
import { ProviderError, type ProviderErrorCode } from '../../src/providers/provider-error.ts';
import { page, table } from './markdown.ts';

const GROUPS: Record<string, string> = {
  request: 'The request itself is wrong. Nothing was done.',
  auth: 'The key is missing, wrong, or not allowed to do this.',
  resource: 'What the request names does not exist (or belongs to another project), exists already, or is in use.',
  idempotency: 'About the `Idempotency-Key` header.',
  definition: 'A coordination cannot be compiled. `errors` lists every problem with its path and a remedy.',
  coordination: 'The coordination starts no sessions in its state.',
  agent: 'About an agent and its model.',
  session: 'The state of a session forbids the request, or says why the session ended.',
  plan: 'About what a planning agent answered.',
  step: 'Why an agent of a session failed.',
  decision: 'An answer was refused, or says why an agent failed.',
  provider: 'What a model vendor did. These stand in the `error` of a session or of one of its agents.',
  unavailable: 'A server that the engine needs is away. Work resumes when it returns.',
  internal: 'A fault of the engine. Its log has the cause under the `request_id`.',
};

/** Every error code, by what it is about. */
export function errorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const groups = [...new Set(codes.map(groupOf))];
  return page('Errors', [
    'A failed request is answered with an RFC 9457 problem document (`application/problem+json`): `type`, `title`, `status`, `code`, `detail`, `errors` (each with `path` and `message`), `request_id` and `trace_id`. '
    + '`code` is one of these; `detail` says what to do. The `error` of a session, of a session agent and in the `data` of an event is no answer to a request, so it has only `type`, `title`, `code` and `detail`; that of a session also `step`, the agent that failed first. The status below is that of an answer.',
    ...groups.flatMap((group) => [`## ${group}`, ...(GROUPS[group] === undefined ? [] : [GROUPS[group]]), groupTable(codes.filter((code) => groupOf(code) === group))]),
  ]);
}

function groupOf(code: string): string {
  return code.split('.')[0]!;
}

function groupTable(codes: ErrorCode[]): string {
  const isProvider = groupOf(codes[0]!) === 'provider';
  const rows = codes.map((code) => [`\`${code}\``, String(ERRORS[code][0]), ERRORS[code][1], ...(isProvider ? [isTriedAgain(code) ? 'yes' : 'no'] : [])]);
  return table(['Code', 'Status', 'Title', ...(isProvider ? ['Tried again'] : [])], rows);
}

function isTriedAgain(code: ErrorCode): boolean {
  return new ProviderError(code as ProviderErrorCode, '').retryable;
}
