/** Longest wait that a vendor may ask for; a longer one would outlive every step's time. */
const MAX_MS = 3_600_000;

/**
 * The vendor's wish in milliseconds, from `retry-after-ms` or `Retry-After` as seconds or as an HTTP date; null where
 * there is none or it cannot be read. At most one hour.
 */
export function retryAfterMs(headers: Headers | null | undefined, now: number = Date.now()): number | null {
  const exact = headers?.get('retry-after-ms');
  if (exact && Number.isFinite(Number(exact))) return bounded(Number(exact));
  const value = headers?.get('retry-after');
  if (!value) return null;
  if (Number.isFinite(Number(value))) return bounded(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : bounded(date - now);
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_MS);
}
