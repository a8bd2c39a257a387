import { calcPrice } from '@pydantic/genai-prices';
import type { ModelUsage } from './provider.ts';

const FREE: ReadonlySet<string> = new Set(['local', 'scripted']);

/**
 * What a call cost in USD as a decimal string (`"0.00042"`), from the bundled list prices of today; null where the
 * model is not listed. A batch or contract price is not known here.
 */
export function costUsd(vendor: string, model: string, usage: ModelUsage): string | null {
  if (FREE.has(vendor)) return '0';
  const { input_tokens, output_tokens, cached_input_tokens } = usage;
  const price = calcPrice(
    // More cached than read in all is a vendor's slip, and the price list throws on it.
    { input_tokens: Math.max(input_tokens, cached_input_tokens), output_tokens, cache_read_tokens: cached_input_tokens },
    model,
    { providerId: vendor },
  );
  return price ? decimal(price.total_price) : null;
}

/** Without an exponent and without the noise of binary fractions: prices are exact to a millionth of a cent. */
function decimal(amount: number): string {
  const text = amount.toFixed(10);
  return text.replace(/\.?0+$/, '');
}
