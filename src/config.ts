import { z } from 'zod';

/** An empty variable counts as one that is not set, as in a compose file's `KEY: ${KEY:-}`. */
const optional = z.string().trim().transform((text) => (text === '' ? undefined : text)).optional();
const withDefault = (value: string) => optional.transform((text) => text ?? value);
const flag = withDefault('false').pipe(z.enum(['true', 'false', '1', '0'])).transform((text) => text === 'true' || text === '1');
const count = (least: number, most: number, value: number) =>
  withDefault(String(value)).pipe(z.string().regex(/^\d+$/, 'must be a whole number')).transform(Number).pipe(z.number().min(least).max(most));

/** The environment variables of a process. The reference page of the docs is made from the descriptions. */
export const Environment = z.object({
  HOST: withDefault('127.0.0.1').describe('Address that the API listens on.'),
  PORT: count(0, 65_535, 8080).describe('Port of the API. 0 takes any free one; where the port is taken, one of the next 20 is used.'),
  TEMPORAL_ADDRESS: optional.describe('`host:port` of a Temporal server. Without it `npm start` starts one; `npm run api` and `npm run worker` need it.'),
  TEMPORAL_NAMESPACE: withDefault('default').describe('Namespace in that server.'),
  TEMPORAL_UI_URL: optional.describe('Where a browser finds the Temporal Web UI; a session links to it.'),
  MONGODB_URI: optional.describe('A MongoDB replica set, version 6 or newer, with the name of the database. Without it `npm start` starts one; `npm run api` and `npm run worker` need it.'),
  ACE_TASK_QUEUE: withDefault('ace').pipe(z.string().max(255)).describe('Task queue of the workers. The local model has one of its own, with `-local` after the name.'),
  ACE_DATA_DIR: withDefault('.data').describe('Folder for the admin key and, under `npm start`, for the data and logs of MongoDB and Temporal.'),
  ACE_ENDPOINT_ID: withDefault('local').pipe(z.string().max(100).regex(/^[^#\s]+$/, 'must hold no # and no space')).describe('Name of the deployment: the first part of every `partition_key`.'),
  ACE_SHARE_ENV_KEYS: flag.describe("`true` or `1`: vendors' keys from the environment serve every project, not only the default one."),
  ACE_MODEL: optional.describe('`vendor/model` for agents without a model, where their project has no default of its own.'),
  ACE_ALLOWED_HOSTS: optional.describe('Host names, separated by commas, that the API answers to besides loopback while it listens on loopback; for a proxy in front of it.'),
  LOG_LEVEL: withDefault('info').pipe(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])).describe('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.'),
  ACE_METRICS_PORT: optional.pipe(z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().max(65_535)).optional())
    .describe('Port on which `npm run worker` serves `/metrics`; the API serves it on its own port.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional.describe('Base address of an OpenTelemetry collector (OTLP over HTTP). Without it there is no telemetry.'),
});

/** Variables that the part which needs them reads itself. */
export const READ_ELSEWHERE = {
  ACE_CACHE: 'Folder that keeps downloaded programs and the local model. `~/.cache/ai-coordination-engine` unless set.',
  ACE_LOCAL_MODEL: 'GGUF file of the local model. Without it `npm start` and `npm run worker` find or fetch one, unless a vendor\'s key or `ACE_MODEL` names another default.',
  ACE_WORKFLOW_BUNDLE: 'A workflow bundle made before, which a worker then does not make at its start.',
  NO_COLOR: 'Set to anything: no colours in the terminal.',
} as const satisfies Record<string, string>;


/** What a process is told from outside. Vendors' keys are not here: each provider reads its own variables. */
export interface Config {
  /** Address the API listens on; off loopback only when told. */
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Undefined: the engine starts its own. */
  temporalAddress: string | undefined;
  temporalNamespace: string;
  /** Where a browser finds the Temporal Web UI. */
  temporalUiUrl: string | undefined;
  /** Undefined: the engine starts its own. */
  mongodbUri: string | undefined;
  taskQueue: string;
  dataDir: string;
  /** The deployment's part of every partition key. */
  endpointId: string;
  /** Whether vendors' keys from the environment serve every project or the default one only. */
  shareEnvKeys: boolean;
  /** `vendor/model` for agents without one, where the project names none. */
  defaultModel: string | undefined;
  /** Host names besides loopback's that the API answers to while it listens on loopback (behind a proxy). */
  allowedHosts: string[];
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Where a worker process of its own serves /metrics; undefined: nowhere. */
  metricsPort: number | undefined;
  /** Base address of an OpenTelemetry collector; undefined: no telemetry. */
  otlpEndpoint: string | undefined;
}

/** Reads the configuration. Errors: throws one Error that names every wrong variable. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const read = Environment.safeParse(env);
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment is not usable. ${wrong.join('; ')}`);
  }
  const values = read.data;
  return {
    host: values.HOST,
    port: values.PORT,
    temporalAddress: values.TEMPORAL_ADDRESS,
    temporalNamespace: values.TEMPORAL_NAMESPACE,
    temporalUiUrl: values.TEMPORAL_UI_URL,
    mongodbUri: values.MONGODB_URI,
    taskQueue: values.ACE_TASK_QUEUE,
    dataDir: values.ACE_DATA_DIR,
    endpointId: values.ACE_ENDPOINT_ID,
    shareEnvKeys: values.ACE_SHARE_ENV_KEYS,
    defaultModel: values.ACE_MODEL,
    allowedHosts: values.ACE_ALLOWED_HOSTS?.split(',').map((host) => host.trim().toLowerCase()).filter((host) => host !== '') ?? [],
    logLevel: values.LOG_LEVEL,
    metricsPort: values.ACE_METRICS_PORT,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}
