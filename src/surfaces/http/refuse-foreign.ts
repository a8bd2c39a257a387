import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { EngineError } from '../../errors.ts';

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/**
 * While the API listens on loopback, a page of another site could reach it through the user's browser (DNS rebinding):
 * Host and Origin must then name this machine. Errors: `request.foreign_origin`.
 */
export function refuseForeign(listening: { host: string; allowedHosts: readonly string[] }): RequestHandler {
  if (!isLoopback(listening.host)) return (_request, _response, next) => next();
  const isOwn = (host: string | undefined) => host !== undefined && (isLoopback(host) || listening.allowedHosts.includes(host));
  return (request, _response, next) => {
    const origin = request.get('origin');
    const host = request.get('host');
    if (!isOwn(hostOf(`http://${host ?? ''}`))) {
      throw new EngineError('request.foreign_origin', 'This API listens on loopback and answers only to localhost; call it there, or name the host in ACE_ALLOWED_HOSTS.');
    }
    if (origin !== undefined && !isOwn(hostOf(origin))) {
      throw new EngineError('request.foreign_origin', 'This API listens on loopback and answers only to pages of localhost; open the page there, or name its host in ACE_ALLOWED_HOSTS.');
    }
    next();
  };
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}
