import { expect, test } from '@jest/globals';
import { median } from '../../bench/median.ts';
import { chain, randomDag, small, wide, type Shape } from '../../bench/shape.ts';

/** The longest way through a shape, in milliseconds of model time. */
function criticalPath({ nodes }: Shape): number {
  const ends: number[] = [];
  for (const { predecessors, delay_ms } of nodes) ends.push(delay_ms + Math.max(0, ...predecessors.map((predecessor) => ends[predecessor]!)));
  return Math.max(...ends);
}

test('shapes are the same in every run and list predecessors first', () => {
  for (const make of [chain, wide, randomDag]) {
    const shape = make(100);
    expect(shape).toEqual(make(100));
    expect(shape.nodes).toHaveLength(100);
    shape.nodes.forEach(({ predecessors }, step) => {
      expect(new Set(predecessors).size).toBe(predecessors.length);
      for (const predecessor of predecessors) expect(predecessor).toBeLessThan(step);
    });
  }
});

test('a random DAG is neither a chain nor wide, and its delays are 50 to 2,000 ms', () => {
  const { nodes } = randomDag(1_000);
  const delays = nodes.map((node) => node.delay_ms);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
  expect(criticalPath(randomDag(1_000))).toBeGreaterThan(5_000);
  expect(criticalPath(randomDag(1_000))).toBeLessThan(60_000);
  expect(small().nodes).toHaveLength(5);
});

test('the median is the middle, or the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
});
