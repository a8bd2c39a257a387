import { EngineError } from '../errors.ts';

/** What `make` makes, or undefined where another request took the name at the same moment. */
export async function unlessTaken<Made>(make: () => Promise<Made>): Promise<Made | undefined> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof EngineError && error.code === 'resource.exists') return undefined;
    throw error;
  }
}
