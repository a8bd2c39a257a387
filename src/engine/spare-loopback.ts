/**
 * Temporal's client sends even calls to this machine through the proxy that `https_proxy` names, unless it is told not
 * to. Adds this machine to what it is told.
 */
export function spareLoopback(env: NodeJS.ProcessEnv = process.env): void {
  const spared = (env.no_grpc_proxy ?? env.no_proxy ?? env.NO_PROXY ?? '').split(',').filter(Boolean);
  env.no_grpc_proxy = [...new Set([...spared, '127.0.0.1', 'localhost', '::1'])].join(',');
}
