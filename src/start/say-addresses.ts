import { resolve } from 'node:path';
import type { RunningApi } from '../../workers/start-api.ts';
import type { Config } from '../config.ts';
import type { Engine } from '../engine/start-engine.ts';
import { say, style } from './terminal.ts';

/** Where everything is, and one command to paste into any folder's terminal. */
export function sayAddresses(engine: Engine, { api, config }: { api: RunningApi; config: Config }): void {
  const key = resolve(api.admin_key.path);
  const { port } = new URL(api.url);
  say();
  say(style('bold', 'The AI Coordination Engine runs.'));
  say();
  say(`  API               ${api.url}/v1${config.port !== 0 && port !== String(config.port) ? `  (port ${config.port} is taken)` : ''}`);
  say(`  API documentation ${api.url}/docs`);
  if (engine.temporal_ui_url !== null) say(`  Temporal Web UI   ${engine.temporal_ui_url}`);
  say(`  Admin key         ${key}`);
  say();
  say('Ask it who you are:');
  say();
  say(`  curl -H "Authorization: Bearer $(cat ${shellWord(key)})" ${api.url}/v1/whoami`);
  say();
  // An address that was given needs no telling, and may hold a password.
  const own = [
    config.temporalAddress === undefined ? `TEMPORAL_ADDRESS=${engine.temporal_address}` : '',
    config.mongodbUri === undefined ? `MONGODB_URI='${engine.mongodb_uri}'` : '',
  ].filter(Boolean);
  if (own.length === 0) return;
  say('Further processes join with npm run worker and npm run api, given:');
  say();
  say(`  export ${own.join(' ')}`);
  say();
}

/** The text as one word of a shell's command. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
