import { Client, Connection } from '@temporalio/client';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Config } from '../src/config.ts';
import { ensureAdminKey, type AdminKey } from '../src/operations/admin-key.ts';
import { NO_TELEMETRY, type Telemetry } from '../src/telemetry/start-telemetry.ts';
import { createApi } from '../src/surfaces/http/create-api.ts';
import { listen, type Listening } from '../src/surfaces/http/listen.ts';
import type { FinishedRequest } from '../src/surfaces/http/request-state.ts';

export interface ApiParts {
  config: Config;
  temporal_address: string;
  log: Logger;
  routes?: Router;
  on_request?: (request: FinishedRequest) => void;
  on_stream?: (change: 1 | -1) => void;
  telemetry?: Telemetry;
}

export interface RunningApi {
  url: string;
  admin_key: AdminKey;
  stop(): Promise<void>;
}

/** Serves the API. The records must be connected; Temporal may be away, and is asked when it is needed. */
export async function startApi({ config, temporal_address, log, routes, on_request, on_stream, telemetry = NO_TELEMETRY }: ApiParts): Promise<RunningApi> {
  const admin_key = await ensureAdminKey(config);
  const connection = Connection.lazy({ address: temporal_address });
  const temporal = new Client({ connection, namespace: config.temporalNamespace, interceptors: { workflow: telemetry.clientInterceptors } });
  const stopping = new AbortController();
  const app = createApi({
    config,
    temporal,
    log,
    signal: stopping.signal,
    ...(routes === undefined ? {} : { routes }),
    ...(on_request === undefined ? {} : { on_request }),
    ...(on_stream === undefined ? {} : { on_stream }),
  });
  const listening: Listening = await listen(app, { host: config.host, port: config.port });
  return {
    url: listening.url,
    admin_key,
    async stop() {
      stopping.abort();
      await listening.close();
      await connection.close();
    },
  };
}
