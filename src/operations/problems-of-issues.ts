import type { core, z } from 'zod';
import type { Problem } from '../errors.ts';
import { nearestName } from '../plan/nearest-name.ts';

const MOST_PROBLEMS = 100;

/** Nouns of zod's types, after "must be" and "give". */
const NOUNS: Record<string, string> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', null: 'null',
  array: 'a list', object: 'an object', record: 'an object',
};

const UNITS: Record<string, string> = { string: ' characters', array: ' entries', object: ' keys', map: ' keys', record: ' keys' };

/** The fields that an object takes, by the issue's list of those that it does not. */
const takenFields = new WeakMap<readonly string[], string[]>();

/** What an issue says where its schema has no words of its own. */
export const issueText: core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') {
    const { shape } = (issue.inst as core.$ZodType | undefined)?._zod.def as unknown as { shape?: object };
    takenFields.set(issue.keys, Object.keys(shape ?? {}));
  }
  if (issue.code === 'invalid_type') {
    const noun = NOUNS[issue.expected];
    if (noun === undefined) return undefined;
    return issue.input === undefined ? `Required; give ${noun}.` : `must be ${noun}`;
  }
  if (issue.code === 'invalid_value') {
    const values = listed(issue.values.map((value) => JSON.stringify(value)));
    if (issue.input === undefined) return `Required; give ${values}.`;
    const near = typeof issue.input === 'string' ? nearestName(issue.input, issue.values.map(String)) : undefined;
    return `must be ${values}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
  }
  if (issue.code === 'too_big') return `must ${boundOf(issue.origin, 'at most', issue.maximum)}`;
  if (issue.code === 'too_small') return `must ${boundOf(issue.origin, 'at least', issue.minimum)}`;
  // Without words of its own a union is told by what its branches say.
  return issue.code === 'invalid_union' ? '' : undefined;
};

function boundOf(origin: string, most: string, bound: number | bigint): string {
  const unit = UNITS[origin];
  if (unit !== undefined && most === 'at least' && Number(bound) === 1) return 'not be empty';
  return `${unit === undefined ? 'be' : 'have'} ${most} ${bound.toLocaleString('en')}${unit ?? ''}`;
}

/** zod's issues as problems with dotted paths below `above`, one for each unknown field, a union's by its branch that came furthest. */
export function problemsOfIssues(issues: readonly z.core.$ZodIssue[], above: PropertyKey[] = []): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, above)).slice(0, MOST_PROBLEMS);
}

function problemsOf(issue: core.$ZodIssue, above: PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key, index) => ({ path: dotted([...path, key]), message: unknownField(key, index < MOST_PROBLEMS ? takenFields.get(issue.keys) : undefined) }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const depths = issue.errors.map(depthOf);
    const most = Math.max(...depths);
    if (most > 0) return issue.errors[depths.indexOf(most)]!.flatMap((inner) => problemsOf(inner, path));
    const messages = issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).map((inner) => problemsOf(inner, [])[0]!.message));
    return [{ path: dotted(path), message: issue.message || anyOf(messages) }];
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return [{ path: dotted(path), message: issue.issues.map((inner) => inner.message).join('; ') }];
  }
  return [{ path: dotted(path), message: issue.message }];
}

function unknownField(key: string, taken: readonly string[] = []): string {
  const near = nearestName(key, taken);
  return near === undefined ? 'Unknown field; remove it or correct its name.' : `Unknown field; did you mean ${near}?`;
}

const HINT = /; did you mean .*\?$/;

/** What each branch of a union asks for, in one sentence: `must be a text or a number`. */
function anyOf(messages: readonly string[]): string {
  const hint = messages.map((message) => HINT.exec(message)?.[0] ?? '').join('');
  return `${alternatives([...new Set(messages.map((message) => message.replace(HINT, '')))])}${hint}`;
}

function alternatives(different: readonly string[]): string {
  for (const [begin, end] of [['Required; give ', '.'], ['must be ', '']] as const) {
    if (!different.every((message) => message.startsWith(begin) && message.endsWith(end))) continue;
    const parts = different.map((message) => message.slice(begin.length, message.length - end.length));
    return `${begin}${parts.some((part) => part.includes(' or ')) ? parts.join(', or ') : listed(parts)}${end}`;
  }
  return different.join(', or: ');
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}

/** How far into the value a union's branch came before it failed. */
function depthOf(issues: readonly core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => {
    const below = issue.code === 'invalid_union' ? Math.max(0, ...issue.errors.map(depthOf)) : issue.code === 'unrecognized_keys' ? 1 : 0;
    return issue.path.length + below;
  }));
}

function dotted(path: PropertyKey[]): string {
  return path.map((part) => String(part).slice(0, 100)).join('.');
}
