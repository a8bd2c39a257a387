import { expect, test } from '@jest/globals';
import { readArguments } from '../../src/start/arguments.ts';

test.each([
  [[], { sample: null, exit: false, help: false }],
  [['--sample'], { sample: true, exit: false, help: false }],
  [['--no-sample'], { sample: false, exit: false, help: false }],
  [['--exit'], { sample: true, exit: true, help: false }],
  [['--help'], { sample: null, exit: false, help: true }],
])('%j', (argv, read) => {
  expect(readArguments(argv)).toEqual(read);
});

test.each([[['--exit', '--no-sample'], '--no-sample'], [['--simple'], '--simple'], [['now'], 'now']])('%j is refused by its name', (argv, name) => {
  expect(() => readArguments(argv)).toThrow(name);
});
