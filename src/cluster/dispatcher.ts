import { isIP } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Secrets } from './credentials.ts';

export interface Route {
  server: string;
  proxy: string | null;
  tlsServerName: string | null;
  skipVerify: boolean;
}

/** Less than what load balancers (60 s and more) and the API server keep an idle connection. */
const KEEP_IDLE_MS = 20_000;
const CONNECT_MS = 10_000;

/**
 * One pool for all calls and watches. HTTP/1.1 on purpose: over one HTTP/2 connection a dead connection takes every
 * watch with it, and is noticed by none (kubernetes#87615).
 */
export function dispatcherOf(route: Route, tls: Secrets['tls']): Dispatcher {
  const host = new URL(route.server).hostname.replace(/^\[|\]$/g, '');
  const secure = {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(route.skipVerify ? { rejectUnauthorized: false } : {}),
    ...(route.tlsServerName === null ? {} : { servername: route.tlsServerName }),
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    timeout: CONNECT_MS,
  };
  const pool = {
    allowH2: false,
    keepAliveTimeout: KEEP_IDLE_MS,
    keepAliveMaxTimeout: KEEP_IDLE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (route.proxy === null) return new Agent({ ...pool, connect: secure });
  // the tunnel hides the server's name from TLS; an address must not be sent as a name (RFC 6066)
  const named = isIP(host) === 0 && route.tlsServerName === null ? { servername: host } : {};
  return new ProxyAgent({ ...pool, uri: route.proxy, requestTls: { ...secure, ...named } });
}
