import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { Environment } from './settings.ts';

const CONNECT_MS = 5_000;

/**
 * Connections to the world outside of the cluster, through HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the host
 * (argo-rollouts#1550). HTTP/1.1: Socket Mode needs a socket of its own.
 */
export function outwardDispatcher(env: Environment): Dispatcher {
  const httpProxy = proxyIn(env, 'HTTP_PROXY');
  const httpsProxy = proxyIn(env, 'HTTPS_PROXY');
  return new EnvHttpProxyAgent({
    allowH2: false,
    connect: { timeout: CONNECT_MS },
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: env.no_proxy || env.NO_PROXY || '',
  });
}

/** curl and Go take a proxy without a scheme for an HTTP one. */
function proxyIn(env: Environment, name: string): string | undefined {
  const proxy = env[name.toLowerCase()] || env[name];
  if (!proxy) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}
