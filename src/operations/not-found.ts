import { EngineError } from '../errors.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * For what does not exist and for what belongs to another project alike. Where `given` is no uuid, it may be a name,
 * and the error says where names are read.
 */
export function notFound(what: string, path: string, list: string, named?: { given: string; by_name: string }): EngineError {
  const isName = named !== undefined && !UUID.test(named.given);
  const detail = isName ? `A ${what} is read by its uuid here, and this is none; by its name read it with ${named.by_name}.` : `No such ${what} in this project; ${list} lists them.`;
  return new EngineError('resource.not_found', detail, {
    errors: [{ path, message: isName ? 'Must be a uuid.' : `Names no ${what} of this project.` }],
  });
}
