import { expect, test } from '@jest/globals';
import { MAX_DURATION_MS, parseDuration } from '../../src/plan/duration.ts';

test.each([
  ['30s', 30_000], ['5m', 300_000], ['1h', 3_600_000], ['2d', 172_800_000], ['500ms', 500], ['1.5s', 1_500], [250, 250],
  ['PT30S', 30_000], ['PT1H30M', 5_400_000], ['P2D', 172_800_000], ['P1W', 604_800_000], ['P1DT0.5S', 86_400_500], [MAX_DURATION_MS, MAX_DURATION_MS],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '', 's', '5', '-5s', '5 s', '5S', '1h30', 'P', 'PT', 'P1DT', 'P1Y', 'P1M', 'PT-1S', '0s', '1e3s', `${'9'.repeat(30)}s`, '367d', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, MAX_DURATION_MS + 1, null, undefined, {}, ['5s'],
])('%j is no duration', (value) => {
  expect(parseDuration(value)).toBeUndefined();
});
