import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder that keeps downloaded programs and models between clones: `ACE_CACHE`, else one in the home folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.ACE_CACHE || join(homedir(), '.cache', 'ai-coordination-engine'));
}
