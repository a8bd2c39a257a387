/** One row for each expected failure: `code -> [HTTP status, title]`. The reference page of the docs is made from it. */
export const ERRORS = {
  'request.malformed_json': [400, 'The body is not valid JSON'],
  'request.invalid': [400, 'The request has the wrong shape'],
  'request.unknown_parameter': [400, 'Unknown query parameter'],
  'request.too_large': [413, 'The body is too large'],
  'request.too_deep': [400, 'The body is nested too deeply'],
  'request.foreign_origin': [403, 'This Host or Origin may not call the API'],
  'request.unsupported_media_type': [415, 'The body must be JSON'],
  'request.not_found': [404, 'No such route'],
  'request.method_not_allowed': [405, 'This route does not take this method'],
  'auth.missing': [401, 'The API key is missing'],
  'auth.invalid': [401, 'The API key is not valid'],
  'auth.forbidden': [403, 'The API key lacks the permission'],
  'resource.not_found': [404, 'Not found'],
  'resource.exists': [409, 'It exists already'],
  'resource.referenced': [409, 'Other records refer to it'],
  'resource.conflict': [409, 'It changed in the meantime'],
  'idempotency.mismatch': [409, 'The Idempotency-Key was used with another request'],
  'idempotency.in_progress': [409, 'A request with this Idempotency-Key is still in flight'],
  'definition.invalid': [422, 'The definition has problems'],
  'coordination.not_published': [409, 'The coordination has no published version'],
  'coordination.archived': [409, 'The coordination is archived'],
  'coordination.inactive': [409, 'The coordination is not active'],
  'agent.unknown': [422, 'The agent is not registered'],
  'agent.unknown_model': [422, 'No such model vendor'],
  'session.ended': [409, 'The session has ended'],
  'session.not_ended': [409, 'The session has not ended'],
  'session.workflow_lost': [500, 'The workflow of the session ended without its own say'],
  'session.internal': [500, 'The engine failed on this session'],
  'session.state_too_large': [500, 'The state of the session is too large'],
  'session.timeout': [504, 'The session ran out of time'],
  'plan.refused': [422, 'The planning agent gave a plan that cannot be run'],
  'step.failed': [500, 'A step failed'],
  'step.timeout': [504, 'A step ran out of time'],
  'step.facts_too_large': [500, 'The facts of a step are too large'],
  'step.output_too_large': [500, 'The output of a step is too large'],
  'decision.not_pending': [409, 'The decision is not pending'],
  'decision.none_pending': [409, 'The agent has no pending decision'],
  'decision.several_pending': [409, 'The agent has several pending decisions'],
  'decision.action_not_allowed': [422, 'The decision does not allow this action'],
  'decision.input_invalid': [422, 'The input does not fit the decision'],
  'decision.rejected': [500, 'A person rejected the step'],
  'decision.expired': [500, 'The decision expired without an answer'],
  'provider.rate_limited': [429, 'The model vendor limits the rate'],
  'provider.overloaded': [503, 'The model vendor is overloaded'],
  'provider.server_error': [502, 'The model vendor failed'],
  'provider.unreachable': [502, 'The model vendor cannot be reached'],
  'provider.stream_cut': [502, 'The stream of the model vendor ended early'],
  'provider.idle': [504, 'The model vendor sent no content for too long'],
  'provider.deadline': [504, 'The model call took too long'],
  'provider.auth': [500, 'The model vendor refused the key'],
  'provider.billing': [500, 'The account at the model vendor is exhausted'],
  'provider.unknown_model': [500, 'The model vendor does not know the model'],
  'provider.bad_request': [500, 'The model vendor refused the request'],
  'provider.context_exceeded': [500, 'The prompt is larger than the context of the model'],
  'provider.refused': [500, 'The model refused to answer'],
  'provider.output_invalid': [500, 'The answer of the model does not fit its schema'],
  'provider.not_configured': [500, 'The model vendor has no key'],
  'unavailable.temporal': [503, 'Temporal cannot be reached'],
  'unavailable.mongodb': [503, 'MongoDB cannot be reached'],
  'internal': [500, 'An unexpected error'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;

/** A problem at one place of an input: `path` is a dotted path (`agents.0.agent_name`), `message` says what to do. */
export interface Problem {
  path: string;
  message: string;
  code?: string;
}

/** An expected failure. `detail` says what to do about it; `errors` name the fields. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly errors: Problem[];
  /** Members added to the problem document, such as the uuids of what refers to a record. */
  readonly extra: Record<string, unknown>;

  constructor(code: ErrorCode, detail: string, more: { errors?: Problem[]; extra?: Record<string, unknown>; cause?: unknown } = {}) {
    super(detail, { cause: more.cause });
    this.name = 'EngineError';
    this.code = code;
    this.errors = more.errors ?? [];
    this.extra = more.extra ?? {};
  }

  get status(): number {
    return ERRORS[this.code][0];
  }
}
