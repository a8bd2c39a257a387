import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { usd as usdOfApi } from '../../src/operations/usd.ts';
import { usd } from '../../workflows/usd.ts';

test.each([[0, '0'], [1, '0.000000001'], [100, '0.0000001'], [12_300, '0.0000123'], [1_000_000_000, '1'], [10_500_000_000, '10.5']])('%d nano-dollars are %s', (nano, text) => {
  expect(usd(nano)).toBe(text);
});

test('the Temporal UI shows money as the API does, up to a million dollars', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (nano) => usd(nano) === usdOfApi(nano)));
});
