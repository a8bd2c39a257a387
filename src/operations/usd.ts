/** Nano-dollars as a decimal string without an exponent: `0.0000123`. */
export function usd(nano: number): string {
  const whole = BigInt(Math.round(nano));
  const fraction = (whole % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${whole / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
