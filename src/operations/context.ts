import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';

export interface Caller {
  api_key_uuid: string;
  name: string;
}

export interface CallerProject {
  project_uuid: string;
  name: string;
  partition_key: string;
  is_default: boolean;
  default_model: string | null;
}

/** Who calls, on whose behalf, and what an operation may use. */
export interface OperationContext {
  caller: Caller;
  project: CallerProject;
  permissions: readonly string[];
  request_id: string;
  trace_id: string | null;
  /** W3C traceparent of the request's span, for what goes on after the request; null where there is no trace. */
  traceparent: string | null;
  log: Logger;
  /** Connects when it is first used. */
  temporal: Client;
  task_queue: string;
  config: Config;
  /** Aborted when the caller is gone or the process stops. */
  signal: AbortSignal;
  /** Identifier for what the operation creates; the same again when a try that died is taken up under its Idempotency-Key. */
  resource_uuid: string;
  /** Says that something was carried out: from here on an error is kept as the answer to the request's Idempotency-Key. */
  acted(): void;
  /** Set by an operation whose status depends on what it found. */
  reply: { status?: number };
}
