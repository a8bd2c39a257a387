import { isRecord, quote, type Problem } from './problem.ts';

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The values that a `task_query` offers: the members of a JSON object, or none where it is any other text. */
export function placeholderValues(taskQuery: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(taskQuery);
    return isRecord(value) ? value : null;
  } catch {
    // A task query is a JSON object or plain text; plain text offers no values.
    return null;
  }
}

/**
 * Replaces each `{name}` by the value's text, once: a brace inside a value stays, and so does every other brace.
 * Where `values` is null the text stays as it is. Every name that is missing, or whose value is null, a list or an object, is a problem at `path`.
 */
export function fillPlaceholders(template: string, values: Record<string, unknown> | null, path: string): { text: string; problems?: undefined } | { problems: Problem[]; text?: undefined } {
  if (values === null) return { text: template };
  const problems: Problem[] = [];
  const reported = new Set<string>();
  const text = template.replace(PLACEHOLDER, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (!reported.has(name)) problems.push(problemOf(name, value, path));
    reported.add(name);
    return whole;
  });
  return problems.length > 0 ? { problems } : { text };
}

function problemOf(name: string, value: unknown, path: string): Problem {
  if (value === undefined) return { path, code: 'plan.missing_placeholder', message: `task_query has no ${quote(name)} for the placeholder {${name.slice(0, 80)}}; add it.` };
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  return { path, code: 'plan.placeholder_not_scalar', message: `${quote(name)} in task_query is ${kind}; a placeholder takes a text, a number, true or false.` };
}
