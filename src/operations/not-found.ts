import { EngineError } from '../errors.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Meant {
  /** What stands for the uuid, where names are read at `by_name`. */
  given?: string;
  by_name?: string;
  /** A name that is there and that may have been meant. */
  near?: string | undefined;
}

/** For what does not exist and for what belongs to another project alike. */
export function notFound(what: string, path: string, list: string, { given, by_name, near }: Meant = {}): EngineError {
  if (given !== undefined && by_name !== undefined && !UUID.test(given)) {
    return new EngineError('resource.not_found', `A ${what} is read by its uuid here, and this is none; by its name read it with ${by_name}.`, { errors: [{ path, message: 'Must be a uuid.' }] });
  }
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
  return new EngineError('resource.not_found', `No such ${what} in this project; ${list} lists them.${hint}`, { errors: [{ path, message: `Names no ${what} of this project.${hint}` }] });
}
