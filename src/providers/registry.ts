import { anthropic } from './anthropic.ts';
import { local, LOCAL_MODEL } from './local.ts';
import { openai } from './openai.ts';
import type { Provider } from './provider.ts';
import { scripted } from './scripted.ts';

export interface Vendor {
  provider: Provider;
  /** Environment variables with the operator's credentials; null where none are needed. */
  env: { api_key: string; base_url: string } | null;
  /** A small current model, used where nobody names one. */
  default_model: string;
}

/** The built-in vendors by name, those with a key first choice first. */
export const VENDORS: Readonly<Record<string, Vendor>> = {
  anthropic: {
    provider: anthropic,
    env: { api_key: 'ANTHROPIC_API_KEY', base_url: 'ANTHROPIC_BASE_URL' },
    default_model: 'claude-haiku-4-5',
  },
  openai: {
    provider: openai,
    env: { api_key: 'OPENAI_API_KEY', base_url: 'OPENAI_BASE_URL' },
    default_model: 'gpt-6-luna',
  },
  local: { provider: local, env: null, default_model: LOCAL_MODEL },
  scripted: { provider: scripted, env: null, default_model: 'default' },
};

/** Frees what any provider of this process holds. */
export async function closeProviders(): Promise<void> {
  for (const { provider } of Object.values(VENDORS)) await provider.close?.();
}
