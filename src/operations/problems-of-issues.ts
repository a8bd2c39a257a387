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
    const depths = issue.errors.map(depthOf);
    const most = Math.max(...depths);
    if (most > 0) return issue.errors[depths.indexOf(most)]!.flatMap((inner) => problemsOf(inner, path));
    const messages = new Set(issue.errors.flatMap((branch) => branch.filter((inner) => inner.path.length === 0).map((inner) => inner.message)));
    return [{ path: dotted(path), message: messages.size > 0 ? [...messages].join(', or: ') : issue.message }];
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return [{ path: dotted(path), message: issue.issues.map((inner) => inner.message).join('; ') }];
  }
  return [{ path: dotted(path), message: issue.message }];
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
