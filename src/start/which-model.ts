import type { Config } from '../config.ts';
import type { Log } from '../engine/log.ts';
import { provisionLocalModel } from '../engine/provision-local-model.ts';
import { setLocalModelPath } from '../providers/local-model-path.ts';
import { defaultModel } from '../providers/resolve-model.ts';
import { VENDORS } from '../providers/registry.ts';
import { style } from './terminal.ts';

/**
 * The model of agents that name none. The local one is fetched only where no vendor's key is set.
 * Errors: rejects where `ACE_MODEL` asks for the local one and it cannot be had.
 */
export async function whichModel(config: Config, log: Log): Promise<string> {
  if (config.defaultModel !== undefined && !config.defaultModel.startsWith('local/')) return config.defaultModel;
  const keyed = Object.values(VENDORS).some(({ env }) => env !== null && process.env[env.api_key]);
  if (keyed && config.defaultModel === undefined) return defaultModel({ is_default_project: true, env: process.env });
  const path = await provisionLocalModel(log);
  if (path === null && config.defaultModel !== undefined) throw new Error(`ACE_MODEL is ${config.defaultModel}, and the local model cannot be had; the lines above say why. Set another model or none.`);
  setLocalModelPath(path);
  return config.defaultModel ?? defaultModel({ is_default_project: true, env: process.env });
}

/** What a newcomer should know about the model that answers. */
export function aboutModel(model: string, { defaultModel: chosen }: Pick<Config, 'defaultModel'>): string[] {
  const keys = Object.entries(VENDORS).flatMap(([name, { env }]) => (env === null ? [] : [`${env.api_key} (${name})`])).join(' or ');
  const set = `For real work set ${keys} and start again.`;
  if (model.startsWith('local/')) {
    return [`Agents without a model use ${model}: 135 million parameters on one thread of this machine. It is a stand-in; do not judge agents by it.`, set];
  }
  if (model.startsWith('scripted/') && chosen === undefined) {
    return [style('yellow', `Warning: the local model could not be had, so agents without a model use ${model}: answers from a script, which no model wrote.`), set];
  }
  return [`Agents without a model use ${model}.`];
}
