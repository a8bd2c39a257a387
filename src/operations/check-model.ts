import { EngineError } from '../errors.ts';
import { parseModel } from '../providers/resolve-model.ts';

/** Errors: `agent.unknown_model`, at the field that names the model. */
export function checkModel(model: string, path: string): void {
  try {
    parseModel(model);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, error.message, { errors: [{ path, message: error.message }] });
  }
}
