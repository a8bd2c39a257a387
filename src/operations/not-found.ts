import { EngineError } from '../errors.ts';

/** For what does not exist and for what belongs to another project alike. */
export function notFound(what: string, path: string, list: string): EngineError {
  return new EngineError('resource.not_found', `No such ${what} in this project; ${list} lists them.`, {
    errors: [{ path, message: `Names no ${what} of this project.` }],
  });
}
