import type { Log } from './log.ts';

/** `63 s` or `2:05 min`. */
function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

/**
 * Shows how far something is: one line that is written over on a terminal, a line every 15 s elsewhere.
 * `describe` answers a text such as `42 MB`; `share` the done part from 0 to 1, where it is known. Answers how to end it.
 */
export function showProgress(log: Log, what: string, describe: () => { text: string; share?: number }): () => void {
  const started = Date.now();
  const terminal = process.stderr.isTTY;
  const show = () => {
    const { text, share } = describe();
    const filled = share === undefined ? 0 : Math.round(Math.min(share, 1) * 20);
    const bar = share === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] `;
    const line = `${what}: ${bar}${text}, ${elapsed(started)}`;
    if (terminal) process.stderr.write(`\r\x1b[K${line}`);
    else log(line);
  };
  const ticker = setInterval(show, terminal ? 250 : 15_000);
  return () => {
    clearInterval(ticker);
    if (terminal) process.stderr.write('\r\x1b[K');
  };
}
