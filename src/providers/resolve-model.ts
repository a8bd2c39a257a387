import { EngineError } from '../errors.ts';
import { localModelPath } from './local-model-path.ts';
import type { ModelCall, Provider } from './provider.ts';
import { ProviderError } from './provider-error.ts';
import { VENDORS, type Vendor } from './registry.ts';

export interface ResolveOptions {
  /** The operator's keys serve the default project only, unless `ACE_SHARE_ENV_KEYS=true`. */
  is_default_project: boolean;
  env: NodeJS.ProcessEnv;
}

export interface ResolvedModel {
  provider: Provider;
  vendor: string;
  /** The vendor's own name of the model. */
  model: string;
  credentials: ModelCall['credentials'];
}

/**
 * Splits `vendor/model` into its known vendor and the vendor's name of the model (which may hold further slashes).
 * Throws `agent.unknown_model`, naming the vendors that there are.
 */
export function parseModel(model: string): { vendor: string; model: string } {
  const slash = model.indexOf('/');
  const vendor = model.slice(0, Math.max(slash, 0));
  const name = model.slice(slash + 1);
  if (!Object.hasOwn(VENDORS, vendor) || !name) {
    const detail = `"${model.slice(0, 100)}" names no known model vendor. Write vendor/model with one of: ${Object.keys(VENDORS).join(', ')}.`;
    throw new EngineError('agent.unknown_model', detail, { errors: [{ path: 'model', message: detail }] });
  }
  return { vendor, model: name };
}

/**
 * The provider, model and credentials for an agent's `model`, or for the default where it is null.
 * Throws `agent.unknown_model`, or `provider.not_configured` where this project has no key.
 */
export function resolveModel(model: string | null, options: ResolveOptions): ResolvedModel {
  const { vendor, model: name } = parseModel(model ?? defaultModel(options));
  const entry = VENDORS[vendor] as Vendor;
  return { provider: entry.provider, vendor, model: name, credentials: credentialsOf(entry, options) };
}

/** `vendor/model` for agents that name none: of a vendor whose key this project may use, else the local one, else `scripted`. */
export function defaultModel(options: ResolveOptions): string {
  const keyed = Object.entries(VENDORS).find(([, { env }]) => env && mayUseKeys(options) && options.env[env.api_key]);
  const name = keyed?.[0] ?? (localModelPath(options.env) === null ? 'scripted' : 'local');
  return `${name}/${(VENDORS[name] as Vendor).default_model}`;
}

function credentialsOf({ env }: Vendor, options: ResolveOptions): ModelCall['credentials'] {
  if (!env) return {};
  const api_key = options.env[env.api_key];
  const base_url = options.env[env.base_url];
  if (!mayUseKeys(options)) {
    throw new ProviderError('provider.not_configured', `${env.api_key} of the environment serves the default project only; set ACE_SHARE_ENV_KEYS=true to share it.`);
  }
  // A compatible server of one's own (another base URL) may want no key.
  if (!api_key && !base_url) throw new ProviderError('provider.not_configured', `Set ${env.api_key}.`);
  return { ...(api_key ? { api_key } : {}), ...(base_url ? { base_url } : {}) };
}

function mayUseKeys({ is_default_project, env }: ResolveOptions): boolean {
  return is_default_project || env.ACE_SHARE_ENV_KEYS === 'true' || env.ACE_SHARE_ENV_KEYS === '1';
}
