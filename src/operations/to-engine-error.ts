import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { EngineError } from '../errors.ts';
import { isMongoAway } from '../records/is-mongo-away.ts';
import { CursorError } from '../records/page.ts';

const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_RESOURCE_EXHAUSTED = 8;
const GRPC_UNAVAILABLE = 14;

/** Any failure as one a caller may see: which service is away, or an unexpected error whose cause stays inside. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof CursorError) {
    return new EngineError('request.invalid', 'The cursor was not given by this API.', {
      errors: [{ path: 'after', message: 'Give the `next` of the page before, unchanged.' }],
    });
  }
  if (isMongoAway(error)) {
    return new EngineError('unavailable.mongodb', 'MongoDB does not answer; try again when /readyz says that it is back. The same Idempotency-Key, or a session_uuid of your own, takes up what was begun and does nothing twice.', { cause: error });
  }
  if (isTemporalAway(error)) {
    return new EngineError('unavailable.temporal', 'The Temporal server does not answer. Nothing is lost; try again when /readyz says that it is back.', { cause: error });
  }
  return new EngineError('internal', 'The engine failed; its log has the details under this request id.', { cause: error });
}

function isTemporalAway(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) return false;
  const code: number = grpc.code;
  return code === GRPC_UNAVAILABLE || code === GRPC_DEADLINE_EXCEEDED || code === GRPC_RESOURCE_EXHAUSTED;
}
