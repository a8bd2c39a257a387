import mongoose from 'mongoose';

/** How often the driver looks for the server, and how long an answer to that may take: a frozen mongod is noticed within their sum. */
const LOOK_MS = 2_500;
const LOOK_TIMEOUT_MS = 7_500;

/**
 * Connects mongoose. Writes wait for the majority by default; marks that may be lost say `w: 1` themselves.
 * Errors: rejects when no primary answers within `timeoutMs`.
 */
export async function connectRecords(uri: string, options: { timeoutMs?: number; poolSize?: number } = {}): Promise<typeof mongoose> {
  mongoose.set('autoIndex', false);
  mongoose.set('strictQuery', 'throw');
  return mongoose.connect(uri, {
    serverSelectionTimeoutMS: options.timeoutMs ?? 5_000,
    heartbeatFrequencyMS: LOOK_MS,
    connectTimeoutMS: LOOK_TIMEOUT_MS,
    maxPoolSize: options.poolSize ?? 50,
    w: 'majority',
    compressors: ['none'],
  });
}

/** Builds the indexes of every registered record; call it once at start, after the records were imported. */
export async function ensureIndexes(): Promise<void> {
  for (const model of Object.values(mongoose.models)) await model.createIndexes();
}

export async function disconnectRecords(): Promise<void> {
  await mongoose.disconnect();
}
