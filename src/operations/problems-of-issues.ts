import type { core } from 'zod';
import type { Problem } from '../errors.ts';

const MOST_PROBLEMS = 100;

/** zod's issues as problems with dotted paths, one for each unknown field, a union's by its branch that came furthest. */
export function problemsOfIssues(issues: readonly core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, [])).slice(0, MOST_PROBLEMS);
}

function problemsOf(issue: core.$ZodIssue, above: PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: dotted([...path, key]), message: 'Unknown field; remove it or correct its name.' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const furthest = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'));
    if (furthest.length === 1) return furthest[0]!.flatMap((inner) => problemsOf(inner, path));
    const messages = new Set(issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).map((inner) => inner.message)));
    return [{ path: dotted(path), message: messages.size > 0 ? [...messages].join(', or: ') : issue.message }];
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return [{ path: dotted(path), message: issue.issues.map((inner) => inner.message).join('; ') }];
  }
  return [{ path: dotted(path), message: issue.message }];
}

function dotted(path: PropertyKey[]): string {
  return path.map((part) => String(part).slice(0, 100)).join('.');
}
