import { EngineError } from '../errors.ts';
import type { OperationContext } from './context.ts';
import { answerOnce } from './answer-once.ts';
import type { Operation } from './operation.ts';
import { isAllowed } from './permission.ts';
import { issueText, problemsOfIssues } from './problems-of-issues.ts';
import { toEngineError } from './to-engine-error.ts';

export interface RunRequest {
  idempotency_key?: string | undefined;
  /** What a secret answer is sealed with: the caller's own key. */
  seal_with?: string | undefined;
}

export interface Answer {
  status: number;
  output: unknown;
}

/**
 * Runs an operation for a caller: permission, input, Idempotency-Key, then `run`. Every surface comes through here.
 * Errors: only `EngineError`; what was not expected is logged with its cause and given as `internal`.
 */
export async function runOperation(operation: Operation, context: OperationContext, given: { input: unknown; request?: RunRequest }): Promise<Answer> {
  try {
    if (!isAllowed(context.permissions, operation.permission)) {
      throw new EngineError('auth.forbidden', `This key lacks the permission ${operation.permission}; use one that has it.`);
    }
    const read = await operation.input.safeParseAsync(given.input, { error: issueText });
    if (!read.success) {
      throw new EngineError('request.invalid', 'The request has the wrong shape; each error names a field.', { errors: problemsOfIssues(read.error.issues) });
    }
    const act = async (): Promise<Answer> => {
      const output: unknown = await operation.run(context, read.data);
      return { status: context.reply.status ?? operation.status ?? 200, output };
    };
    const key = given.request?.idempotency_key;
    if (key === undefined || operation.idempotent !== true) return await act();
    return await answerOnce({ operation, context, input: read.data, key, seal_with: given.request?.seal_with }, act);
  } catch (error) {
    const known = toEngineError(error);
    if (known.status >= 500) context.log.error({ err: known.cause ?? known, code: known.code, operation: operation.name }, 'operation failed');
    throw known;
  }
}
