/** Nano-dollars as a decimal string of US dollars, as the API gives them: `0.0000123`, `0`. */
export function usd(nano: number): string {
  return (nano / 1e9).toFixed(9).replace(/\.?0+$/, '');
}
