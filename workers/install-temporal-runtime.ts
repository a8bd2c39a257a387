import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { Logger } from 'pino';

/**
 * Sends what Temporal's SDK warns of into the process's log, and leaves the signals to the process, which knows in what
 * order its parts end. Call it once, before a worker is made.
 */
export function installTemporalRuntime(log: Logger): void {
  const write = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      // The worker of the local model has none on purpose.
      if (message.startsWith('No workflows registered')) return;
      const { error, ...fields } = (meta ?? {}) as { error?: unknown };
      log[write[level]]({ ...(error === undefined ? {} : { err: error }), temporal: fields }, message);
    }),
    // The native part would write to the terminal by itself, in colour, even into a pipe.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}
