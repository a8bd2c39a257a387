import { ApplicationFailure } from '@temporalio/common';
import mongoose from 'mongoose';
import { EngineError } from '../src/errors.ts';

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

/** Whether the database cannot be reached or has no primary at the moment. */
export function isMongoAway(error: unknown): boolean {
  if (error instanceof mongoose.mongo.MongoError && error.hasErrorLabel('RetryableWriteError')) return true;
  return (
    error instanceof mongoose.mongo.MongoNetworkError ||
    error instanceof mongoose.mongo.MongoServerSelectionError ||
    error instanceof mongoose.mongo.MongoNotConnectedError ||
    error instanceof mongoose.mongo.MongoTopologyClosedError ||
    error instanceof mongoose.Error.MongooseServerSelectionError
  );
}
