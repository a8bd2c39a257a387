import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

/** Fields that may hold a secret, wherever they turn up in a line. */
const SECRETS = ['authorization', 'api_key', 'key', 'credentials', 'password', 'token', '*.authorization', '*.api_key', '*.credentials', '*.password', 'req.headers.authorization'];

/** One JSON line for each event, to standard output or into `file`. */
export function createLog(config: Pick<Config, 'logLevel'>, name: string, file?: string): Logger {
  const destination = file === undefined ? pino.destination(1) : pino.destination({ dest: file, mkdir: true });
  return pino({ name, level: config.logLevel, redact: { paths: SECRETS, censor: '[redacted]' }, base: { name } }, destination);
}
