import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours only where a person looks: not into a pipe, not where NO_COLOR asks for none. */
export function style(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && process.env.NO_COLOR === undefined ? styleText(format, text, { validateStream: false }) : text;
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}
