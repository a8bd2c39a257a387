import type { Config } from '../src/config.ts';

/** Where Temporal and MongoDB are, for a process that joins an engine. Errors: says which variable is missing. */
export function addressesOf(config: Config): { temporal_address: string; mongodb_uri: string } {
  const { temporalAddress, mongodbUri } = config;
  const missing = [temporalAddress === undefined ? 'TEMPORAL_ADDRESS' : '', mongodbUri === undefined ? 'MONGODB_URI' : ''].filter(Boolean);
  if (temporalAddress === undefined || mongodbUri === undefined) {
    throw new Error(`Set ${missing.join(' and ')}: this process joins an engine that runs. npm start prints both, or starts everything in one process.`);
  }
  return { temporal_address: temporalAddress, mongodb_uri: mongodbUri };
}
