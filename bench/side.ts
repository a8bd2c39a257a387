import type { Client } from '@temporalio/client';
import type { Shape } from './shape.ts';

/** Both sides get the same server, database and parallelism. */
export interface Surroundings {
  client: Client;
  temporal_address: string;
  mongodb_uri: string;
  /** Steps in flight in one session. */
  max_parallel: number;
  /** A folder of this bench's own. */
  data_dir: string;
}

/** One of the two that are compared. */
export interface Side {
  name: string;
  /** Registers what the shape needs; what it returns starts one run of it and gives the workflow id. */
  prepare(shape: Shape): Promise<() => Promise<string>>;
  /** Rejects when a process of this side ends on its own. */
  died: Promise<never>;
  close(): Promise<void>;
}
