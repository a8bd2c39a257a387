import type { Config } from '../src/config.ts';
import type { Log } from '../src/engine/log.ts';
import { localModelInCache, provisionLocalModel } from '../src/engine/provision-local-model.ts';
import { setLocalModelPath } from '../src/providers/local-model-path.ts';
import { defaultModel } from '../src/providers/resolve-model.ts';
import { VENDORS } from '../src/providers/registry.ts';

/**
 * The model of agents that name none. The local one is fetched only where no vendor's key is set.
 * Errors: rejects where `ACE_MODEL` asks for the local one and it cannot be had.
 */
export async function whichModel(config: Config, log: Log): Promise<string> {
  if (!process.env.ACE_LOCAL_MODEL) setLocalModelPath(localModelInCache() ?? undefined);
  if (config.defaultModel !== undefined && !config.defaultModel.startsWith('local/')) return config.defaultModel;
  const keyed = Object.values(VENDORS).some(({ env }) => env !== null && process.env[env.api_key]);
  if (keyed && config.defaultModel === undefined) return defaultModel({ is_default_project: true, env: process.env });
  const path = await provisionLocalModel(log);
  if (path === null && config.defaultModel !== undefined) throw new Error(`ACE_MODEL is ${config.defaultModel}, and the local model cannot be had; the lines above say why. Set another model or none.`);
  setLocalModelPath(path);
  return config.defaultModel ?? defaultModel({ is_default_project: true, env: process.env });
}
