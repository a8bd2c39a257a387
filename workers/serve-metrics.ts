import express from 'express';
import type { Metrics } from '../src/metrics.ts';
import { listen, type Listening } from '../src/surfaces/http/listen.ts';

/** Serves `/metrics` and nothing else, for a process that has no API. */
export function serveMetrics(metrics: Metrics, at: { host: string; port: number }): Promise<Listening> {
  return listen(express().disable('x-powered-by').use(metrics.routes), at);
}
