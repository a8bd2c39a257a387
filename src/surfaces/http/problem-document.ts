import { ERRORS } from '../../errors.ts';
import type { EngineError, Problem } from '../../errors.ts';

/** RFC 9457. `extra` members of an error stand beside these. */
export interface ProblemDocument {
  /** Where the reference page explains the code. */
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors: Problem[];
  request_id: string;
  trace_id: string | null;
  [member: string]: unknown;
}

export function problemDocument(error: EngineError, request: { request_id: string; trace_id: string | null }): ProblemDocument {
  const [status, title] = ERRORS[error.code];
  return {
    ...error.extra,
    type: `urn:ace:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    errors: error.errors,
    request_id: request.request_id,
    trace_id: request.trace_id,
  };
}
