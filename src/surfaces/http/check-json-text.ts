import { EngineError } from '../../errors.ts';

const MOST_DEPTH = 100;
const MOST_DIGITS = 17;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Looks at a body before it is parsed: its depth, without recursion, and numbers that a double would change.
 * Errors: `request.too_deep`, `request.invalid`. Whether it is JSON at all is for `JSON.parse` to say.
 */
export function checkJsonText(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MOST_DEPTH) {
        throw new EngineError('request.too_deep', `The body is nested more than ${MOST_DEPTH} levels deep; make it flatter.`);
      }
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at;
      const found = NUMBER.exec(text)?.[0];
      if (found === undefined) continue;
      if (!isHeldExactly(found)) throw inexact(found);
      at += found.length - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

function isHeldExactly(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return false;
  if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(value);
  const digits = literal.replace(/[eE].*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return digits.length <= MOST_DIGITS && (value !== 0 || digits === '');
}

function inexact(literal: string): EngineError {
  return new EngineError('request.invalid', 'The body holds a number that JSON cannot hold exactly; send it as a string.', {
    errors: [{ path: '', message: `${literal.slice(0, 40)} cannot be held exactly; send it as a string.` }],
  });
}
