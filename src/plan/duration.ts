const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;
// Years and months have no fixed length, so they are refused.
const ISO = /^P(?=.)(?:(\d{1,15})W|(?:(\d{1,15})D)?(?:T(?=.)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15}(?:\.\d{1,9})?)S)?)?)$/;

/** The longest duration the engine takes, in milliseconds: 366 days. */
export const MAX_DURATION_MS = 366 * 86_400_000;

/**
 * Milliseconds of `30s`, `5m`, `1h`, `2d`, `500ms`, ISO 8601 (`PT1H30M`, `P2D`, `P1W`) or a bare number of milliseconds.
 * Undefined for anything else, for less than one millisecond and for more than 366 days.
 */
export function parseDuration(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? millisecondsOf(value) : undefined;
  if (ms === undefined || !Number.isFinite(ms) || ms < 1 || ms > MAX_DURATION_MS) return undefined;
  return Math.round(ms);
}

function millisecondsOf(text: string): number | undefined {
  const short = SHORT.exec(text);
  if (short) return Number(short[1]) * UNITS[short[2]!]!;
  const iso = ISO.exec(text);
  if (!iso) return undefined;
  const [weeks, days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number];
  return (weeks * 7 + days) * UNITS.d! + hours * UNITS.h! + minutes * UNITS.m! + seconds * 1_000;
}
