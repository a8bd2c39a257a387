import type { ActionFunction } from './plan.ts';
import { isRecord, quote, type Problem } from './problem.ts';

const MAX_TOOL_CHARACTERS = 200;
const MAX_URL_CHARACTERS = 2_048;
const HTTP_URL = /^https?:\/\/[^\s/?#]+\S*$/i;

/** Reads `action_function`, `{tool}` or `{url}`; null where there is none. Adds what is wrong to `problems`. */
export function readActionFunction(value: unknown, path: string, problems: Problem[]): ActionFunction | null {
  if (value === undefined || value === null) return null;
  const wrong = (where: string, message: string) => {
    problems.push({ path: where, code: 'plan.action_function', message });
    return null;
  };
  if (!isRecord(value) || Object.keys(value).length !== 1 || (value.tool === undefined && value.url === undefined)) {
    return wrong(path, `${quote(value)} is not an action function; give either {"tool": "<name>"} or {"url": "https://…"} and nothing else.`);
  }
  if (value.tool !== undefined) {
    if (typeof value.tool === 'string' && value.tool.length > 0 && value.tool.length <= MAX_TOOL_CHARACTERS) return { tool: value.tool };
    return wrong(`${path}.tool`, `Give the tool's name as a text of 1 to ${MAX_TOOL_CHARACTERS} characters.`);
  }
  if (typeof value.url === 'string' && value.url.length <= MAX_URL_CHARACTERS && HTTP_URL.test(value.url)) return { url: value.url };
  return wrong(`${path}.url`, `Give an absolute http or https address of at most ${MAX_URL_CHARACTERS} characters.`);
}
