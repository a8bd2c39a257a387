import { expect, test } from '@jest/globals';
import { costUsd } from '../../src/providers/price.ts';
import { VENDORS } from '../../src/providers/registry.ts';

const million = { input_tokens: 1_000_000, output_tokens: 1_000_000, cached_input_tokens: 0 };

test('a call costs what the list says, as a decimal string', () => {
  expect(costUsd('openai', 'gpt-4o-mini', million)).toBe('0.75');
  expect(costUsd('openai', 'gpt-4o-mini', { input_tokens: 1, output_tokens: 0, cached_input_tokens: 0 })).toBe('0.00000015');
});

test('cached input is cheaper, and may not break the list', () => {
  const all = Number(costUsd('openai', 'gpt-4o-mini', { ...million, output_tokens: 0 }));
  const cached = Number(costUsd('openai', 'gpt-4o-mini', { ...million, output_tokens: 0, cached_input_tokens: 1_000_000 }));
  expect(cached).toBeGreaterThan(0);
  expect(cached).toBeLessThan(all);
  expect(costUsd('openai', 'gpt-4o-mini', { input_tokens: 1, output_tokens: 0, cached_input_tokens: 5 })).not.toBeNull();
});

test('what runs here costs nothing, and what is not listed nobody knows', () => {
  expect(costUsd('local', 'smollm2-135m-instruct', million)).toBe('0');
  expect(costUsd('scripted', 'default', million)).toBe('0');
  expect(costUsd('openai', 'no-such-model', million)).toBeNull();
  expect(costUsd('acme', 'x', million)).toBeNull();
  expect(costUsd('openai', 'gpt-4o-mini', { input_tokens: 0, output_tokens: 0, cached_input_tokens: 0 })).toBe('0');
});

test('every default model has a price', () => {
  for (const [vendor, { default_model }] of Object.entries(VENDORS)) expect(costUsd(vendor, default_model, million)).not.toBeNull();
});
