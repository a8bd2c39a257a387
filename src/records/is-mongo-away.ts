import { types } from 'node:util';
import mongoose from 'mongoose';

const { mongo } = mongoose;
const AWAY = [
  mongo.MongoNetworkError, mongo.MongoServerSelectionError, mongo.MongoTopologyClosedError, mongo.MongoNotConnectedError,
  mongo.MongoServerClosedError, mongo.MongoStalePrimaryError, mongo.MongoClientClosedError, mongo.MongoOperationTimeoutError,
  mongoose.Error.MongooseServerSelectionError,
];
const NAMES = new Set(['MongoPoolClearedError', 'PoolClearedOnNetworkError', 'MongoPoolClosedError', 'MongoWaitQueueTimeoutError']);
/** What the driver writes on failures that pass: a lost connection, a server that is not primary or shuts down. */
const LABELS = ['RetryableWriteError', 'TransientTransactionError', 'ResetPool', 'InterruptInUseConnections'];
// Not primary, shutting down, interrupted by a failover, write concern time-out.
const PASSING_CODES = new Set([6, 64, 89, 91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);
// A socket that broke while it was written to: the driver hands Node's own error on as it is.
const SOCKET_CODES = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);
const DEPTH = 5;

/** Whether a failure says that the database cannot be reached, or has no primary at the moment. */
export function isMongoAway(error: unknown): boolean {
  let failure = error;
  for (let depth = 0; depth < DEPTH && types.isNativeError(failure); depth += 1) {
    if (saysAway(failure)) return true;
    failure = failure.cause;
  }
  return false;
}

function saysAway(failure: Error): boolean {
  if (AWAY.some((kind) => failure instanceof kind) || NAMES.has(failure.name)) return true;
  if (SOCKET_CODES.has(String((failure as NodeJS.ErrnoException).code))) return true;
  if (failure.name === 'MongooseError') return /buffering timed out|initial connection|not connected/i.test(failure.message);
  if (!(failure instanceof mongo.MongoError)) return false;
  // A lost connection under `insertMany` keeps its words only: neither its class nor its cause nor its labels.
  if (failure instanceof mongo.MongoBulkWriteError && failure.code === undefined && [failure.writeErrors].flat().length === 0) return true;
  return LABELS.some((label) => failure.hasErrorLabel(label)) || PASSING_CODES.has(Number(failure.code));
}
