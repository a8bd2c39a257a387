import { afterEach, expect, test } from '@jest/globals';
import { style } from '../../src/start/terminal.ts';

const before = process.env.NO_COLOR;
const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = { isTTY: false } as NodeJS.WriteStream;

afterEach(() => {
  if (before === undefined) delete process.env.NO_COLOR;
  else process.env.NO_COLOR = before;
});

test('colours are for a terminal, and not where NO_COLOR asks for none', () => {
  delete process.env.NO_COLOR;
  expect(style('red', 'no', terminal)).toBe('\x1b[31mno\x1b[39m');
  expect(style('red', 'no', pipe)).toBe('no');
  process.env.NO_COLOR = '1';
  expect(style('red', 'no', terminal)).toBe('no');
});
