// Started by engine.test.ts as a process of its own: brings up the engine of a folder, says so, and stays.
import { startEngine } from '../../src/engine/start-engine.ts';

const engine = await startEngine({
  dataDir: process.argv[2] as string,
  log: (line) => process.stderr.write(`${line}\n`),
  ports: { temporal: 0, temporal_ui: 0, mongod: 0 },
});
process.send?.({ temporal_address: engine.temporal_address, mongodb_uri: engine.mongodb_uri, owned: engine.owned });
process.on('message', () => undefined);
