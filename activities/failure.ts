import { ApplicationFailure } from '@temporalio/common';
import { EngineError } from '../src/errors.ts';
import { isMongoAway } from '../src/records/is-mongo-away.ts';

/** A failure that no retry mends: the workflow hears its code and its message. */
export function finalFailure(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
}

/** What the workflow is told of anything thrown; expected failures are final, the rest is tried again. */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof EngineError) return finalFailure(error.code, error.message);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return ApplicationFailure.create({ type: isMongoAway(error) ? 'unavailable.mongodb' : 'internal', message: `${name}: ${message}`.slice(0, 2_000), nonRetryable: false });
}
