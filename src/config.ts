import { z } from 'zod';

/** An empty variable counts as one that is not set, as in a compose file's `KEY: ${KEY:-}`. */
const optional = z.string().trim().transform((text) => (text === '' ? undefined : text)).optional();
const withDefault = (value: string) => optional.transform((text) => text ?? value);
const flag = withDefault('false').pipe(z.enum(['true', 'false', '1', '0'])).transform((text) => text === 'true' || text === '1');
const count = (least: number, most: number, value: number) =>
  withDefault(String(value)).pipe(z.string().regex(/^\d+$/, 'must be a whole number')).transform(Number).pipe(z.number().min(least).max(most));

const Environment = z.object({
  HOST: withDefault('127.0.0.1'),
  PORT: count(0, 65_535, 8080),
  TEMPORAL_ADDRESS: optional,
  TEMPORAL_NAMESPACE: withDefault('default'),
  TEMPORAL_UI_URL: optional,
  MONGODB_URI: optional,
  ACE_TASK_QUEUE: withDefault('ace').pipe(z.string().max(255)),
  ACE_DATA_DIR: withDefault('.data'),
  ACE_ENDPOINT_ID: withDefault('local').pipe(z.string().max(100).regex(/^[^#\s]+$/, 'must hold no # and no space')),
  ACE_SHARE_ENV_KEYS: flag,
  ACE_MODEL: optional,
  ACE_ALLOWED_HOSTS: optional,
  LOG_LEVEL: withDefault('info').pipe(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])),
  ACE_METRICS_PORT: optional.pipe(z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().max(65_535)).optional()),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional,
});

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
