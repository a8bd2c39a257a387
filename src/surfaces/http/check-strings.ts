import type { Problem } from '../../errors.ts';
import { EngineError } from '../../errors.ts';

const MOST_PROBLEMS = 20;

/**
 * Refuses what no database and no vendor keeps: NUL and lone surrogates in strings and keys, and the key `__proto__`.
 * The value's depth is bounded before. Errors: `request.invalid`.
 */
export function checkStrings(value: unknown): void {
  const problems: Problem[] = [];
  look(value, '', problems);
  if (problems.length > 0) throw new EngineError('request.invalid', 'The request holds text that cannot be kept; each error names where.', { errors: problems });
}

function look(value: unknown, path: string, problems: Problem[]): void {
  if (problems.length >= MOST_PROBLEMS) return;
  if (typeof value === 'string') {
    const fault = faultOf(value);
    if (fault !== undefined) problems.push({ path, message: fault });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => look(item, join(path, String(index)), problems));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const fault = key === '__proto__' ? 'The key __proto__ is not taken; rename it.' : faultOf(key);
      if (fault !== undefined) problems.push({ path: join(path, key.toWellFormed().replaceAll('\0', '\u{FFFD}').slice(0, 100)), message: fault });
      else look(item, join(path, key), problems);
    }
  }
}

function faultOf(text: string): string | undefined {
  if (text.includes('\0')) return 'Holds a NUL character (\\u0000); remove it.';
  if (!text.isWellFormed()) return 'Holds half of a surrogate pair; send valid Unicode.';
  return undefined;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key.slice(0, 100)}`;
}
