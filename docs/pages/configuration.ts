import { Environment, READ_ELSEWHERE } from '../../src/config.ts';
import { VENDORS } from '../../src/providers/registry.ts';
import { page, table } from './markdown.ts';

/** Every environment variable that the engine reads. */
export function configurationPage(): string {
  const own = Object.entries(Environment.shape).map(([name, schema]) => [`\`${name}\``, defaultText(schema.parse(undefined)), schema.description ?? '']);
  const elsewhere = Object.entries(READ_ELSEWHERE).map(([name, about]) => [`\`${name}\``, '', about]);
  const vendors = Object.entries(VENDORS).flatMap(([name, { env, default_model }]) =>
    env === null ? [] : [[`\`${env.api_key}\``, `Key for \`${name}/...\`. Default model: \`${name}/${default_model}\`.`], [`\`${env.base_url}\``, `Another address for \`${name}/...\`, of a compatible server or a proxy.`]]);
  return page('Configuration', [
    'Processes are configured by environment variables. An empty variable counts as one that is not set. A wrong value ends the process with a message that names it.',
    table(['Variable', 'Default', 'What it does'], [...own, ...elsewhere]),
    '## Model vendors',
    'They serve the default project only, unless `ACE_SHARE_ENV_KEYS` is set. Set them where the workers run.',
    table(['Variable', 'What it does'], vendors),
  ]);
}

function defaultText(value: unknown): string {
  return value === undefined ? '' : `\`${String(value)}\``;
}
