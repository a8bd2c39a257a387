import { resolve } from 'node:path';
import type { RunningApi } from '../../workers/start-api.ts';
import type { Config } from '../config.ts';
import { USUAL_PORTS } from '../engine/start-engine.ts';
import type { Engine } from '../engine/start-engine.ts';
import { say, style } from './terminal.ts';

/** Where everything is, and one command to paste into any folder's terminal. */
export function sayAddresses(engine: Engine, { api, config }: { api: RunningApi; config: Config }): void {
  const { port } = new URL(api.url);
  say();
  say(style('bold', 'The AI Coordination Engine runs.'));
  say();
  say(`  API               ${api.url}/v1${config.port !== 0 && port !== String(config.port) ? `  (port ${config.port} is taken)` : ''}`);
  say(`  API documentation ${api.url}/docs`);
  if (engine.temporal_ui_url !== null) say(`  Temporal Web UI   ${engine.temporal_ui_url}`);
  say(`  Admin key         ${resolve(api.admin_key.path)}`);
  for (const line of aboutPorts(engine)) say(line);
  say();
  say('Ask it who you are:');
  say();
  say(`  ${curl(api, '/v1/whoami')}`);
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

/** Which of our servers have other ports than the usual ones, as other programs had these. */
function aboutPorts({ owned, temporal_address, temporal_ui_url, mongodb_uri }: Engine): string[] {
  const addresses = {
    ...(owned.temporal ? { temporal: `http://${temporal_address}`, temporal_ui: temporal_ui_url } : {}),
    ...(owned.mongod ? { mongod: mongodb_uri } : {}),
  };
  const taken = (Object.keys(USUAL_PORTS) as Array<keyof typeof USUAL_PORTS>)
    .filter((name) => addresses[name] && Number(new URL(addresses[name]).port) !== USUAL_PORTS[name])
    .map((name) => USUAL_PORTS[name]);
  return taken.length === 0 ? [] : ['', `Ports that other programs had, so that others are used: ${taken.join(', ')}`];
}

/** That sessions go on, and how to see which. */
export function sayOpenSessions(count: number, api: RunningApi): void {
  if (count === 0) return;
  say(`${count === 1 ? 'One session' : `${count} sessions`} of an earlier start ${count === 1 ? 'goes' : 'go'} on. List the sessions, the newest first:`);
  say();
  say(`  ${curl(api, '/v1/sessions?order=-created_at')}`);
  say();
}

function curl(api: RunningApi, path: string): string {
  return `curl -H "Authorization: Bearer $(cat ${shellWord(resolve(api.admin_key.path))})" ${shellWord(`${api.url}${path}`)}`;
}

/** The text as one word of a shell's command. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
