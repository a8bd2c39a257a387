import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours only where a person looks: not into a pipe, not where NO_COLOR asks for none. */
export function style(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && process.env.NO_COLOR === undefined ? styleText(format, text, { validateStream: false }) : text;
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A line in place of the progress that may stand on the terminal. */
export function sayOver(line: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  say(line);
}

/** A line of what happens on the way. */
export function tell(line: string): void {
  sayOver(style('dim', line));
}

/** Lets the process go on, to its orderly end, when its terminal is closed or its pipe is. */
export function outliveTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}
