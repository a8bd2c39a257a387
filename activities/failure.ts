import { ApplicationFailure } from '@temporalio/common';
import { EngineError } from '../src/errors.ts';
import { isMongoAway } from '../src/records/is-mongo-away.ts';

/** A failure that no retry mends: the workflow hears its code and its message. */
export function finalFailure(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
}

const SOON_MS = 1_000;

/**
 * A step that somebody else ended or opened meanwhile. Tried again: where this attempt is not the current one nobody hears
 * it, and where it is, the next one reads what the step came to.
 */
export function superseded(): ApplicationFailure {
  return ApplicationFailure.create({ type: 'superseded', message: 'Another attempt has taken this step over.', nonRetryable: false, nextRetryDelay: SOON_MS });
}

/** What the workflow is told of anything thrown; expected failures are final, the rest is tried again. */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof EngineError) return finalFailure(error.code, error.message);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return ApplicationFailure.create({ type: isMongoAway(error) ? 'unavailable.mongodb' : 'internal', message: `${name}: ${message}`.slice(0, 2_000), nonRetryable: false });
}
