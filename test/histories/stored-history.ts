import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';

const FOLDER = import.meta.dirname;
const ENDING = '.json.gz';

/** A history as it was recorded, in the JSON form that every Temporal tool reads. */
export interface StoredHistory {
  /** `<scenario>.<number of the run>`. */
  name: string;
  history: { events: Array<Record<string, unknown>> };
}

/** Every stored history, by name. */
export function storedHistories(): StoredHistory[] {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
  return names.sort().map((name) => ({ name, history: JSON.parse(gunzipSync(readFileSync(join(FOLDER, name + ENDING))).toString()) as StoredHistory['history'] }));
}

/** Stores a history; answers its size in bytes. */
export function storeHistory(name: string, history: History): number {
  // Who recorded it is of no interest.
  const json = historyToJSON(history).replaceAll(/("identity": ?)"[^"]*"/g, '$1"recorder"');
  const packed = gzipSync(json, { level: 9 });
  writeFileSync(join(FOLDER, name + ENDING), packed);
  return packed.length;
}
