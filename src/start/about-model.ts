import type { Config } from '../config.ts';
import { VENDORS } from '../providers/registry.ts';
import { style } from './terminal.ts';

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
