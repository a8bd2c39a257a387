import type { Log } from './log.ts';

const REDRAW_MS = 250;
const LINE_EVERY_MS = 15_000;
/** What is over sooner needs no word. */
const QUIET_MS = 1_000;

/** What goes on now; two things at once share the terminal's line. */
const shown = new Set<() => string>();
let ticker: NodeJS.Timeout | undefined;
let drawn = '';

/** `63 s` or `2:05 min`. */
function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

function draw(): void {
  const line = [...shown].map((describe) => describe()).filter((text) => text !== '').join(' | ');
  if (line === '' && drawn === '') return;
  drawn = line;
  // A line that wraps cannot be written over.
  process.stderr.write(`\r\x1b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
}

function drawWhileShown(): void {
  if (shown.size > 0) {
    ticker ??= setInterval(draw, REDRAW_MS);
  } else {
    clearInterval(ticker);
    ticker = undefined;
  }
}

/**
 * Shows how far something is: on a terminal in one line that is written over, elsewhere in a line every 15 s.
 * `describe` answers a text such as `42 MB`; `share` the done part from 0 to 1, where it is known. Answers how to end it.
 */
export function showProgress(log: Log, what: string, describe: () => { text: string; share?: number }): () => void {
  const started = Date.now();
  const line = () => {
    const { text, share } = describe();
    const filled = share === undefined ? 0 : Math.round(Math.min(share, 1) * 20);
    const bar = share === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] `;
    return `${what}: ${bar}${text}, ${elapsed(started)}`;
  };
  if (!process.stderr.isTTY) {
    const lines = setInterval(() => log(line()), LINE_EVERY_MS);
    return () => clearInterval(lines);
  }
  const onTerminal = () => (Date.now() - started < QUIET_MS ? '' : line());
  shown.add(onTerminal);
  drawWhileShown();
  return () => {
    shown.delete(onTerminal);
    drawWhileShown();
    draw();
  };
}
