import type { RunningApi } from '../../workers/start-api.ts';
import type { Engine } from '../engine/start-engine.ts';
import { say, style } from './terminal.ts';

/** Where everything is, and one command to paste. */
export function sayAddresses(engine: Engine, api: RunningApi): void {
  const { path } = api.admin_key;
  say();
  say(style('bold', 'The AI Coordination Engine runs.'));
  say();
  say(`  API               ${api.url}/v1`);
  say(`  API documentation ${api.url}/docs`);
  if (engine.temporal_ui_url !== null) say(`  Temporal Web UI   ${engine.temporal_ui_url}`);
  say(`  Admin key         ${path}`);
  say();
  say('Ask it who you are:');
  say();
  say(`  curl -H "Authorization: Bearer $(cat ${path})" ${api.url}/v1/whoami`);
  say();
  say('Further processes join with npm run worker and npm run api, given:');
  say();
  say(`  export TEMPORAL_ADDRESS=${engine.temporal_address} MONGODB_URI='${engine.mongodb_uri}'`);
  say();
}
