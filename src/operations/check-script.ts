import { EngineError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { ScriptedConfig } from '../providers/scripted-config.ts';
import { issueText, problemsOfIssues } from './problems-of-issues.ts';

/** What is wrong with the script of an agent's `config`, which only the `scripted` vendor reads; `path` is that of the config. */
export function scriptProblems(config: unknown, path: PropertyKey[]): Problem[] {
  const read = ScriptedConfig.safeParse(config, { error: issueText });
  return read.success ? [] : problemsOfIssues(read.error.issues, path);
}

/** Errors: `request.invalid`, at the field of the script. */
export function checkScript(config: unknown): void {
  const errors = scriptProblems(config, ['config']);
  if (errors.length > 0) throw new EngineError('request.invalid', 'The script in config has the wrong shape; each error names a field.', { errors });
}
