import { durationMs, isDuration } from '../rollout/duration.ts';
import { UsageError } from '../rollout/errors.ts';
import type { Api } from './api.ts';
import type { ConnectFlags } from './connect-flags.ts';

export type { ConnectFlags } from './connect-flags.ts';

/** A pinned connection: what the kubeconfig says later does not matter to it. */
export interface Connected {
  api: Api;
  context: string;
  server: string;
  namespace: string;
  /** The kubeconfig's user, or the one impersonated. */
  user: string;
  /** Ends the pooled connections, so that the process can end. */
  close(): Promise<void>;
}

/**
 * Resolves flags and kubeconfig as kubectl does. Asks nothing of the server yet.
 * @throws UsageError where they name what is not there
 */
export async function connect(flags: ConnectFlags): Promise<Connected> {
  const timeoutMs = requestTimeoutMs(flags.requestTimeout);
  const [{ resolveTarget }, { HttpApi }] = await Promise.all([import('./kubeconfig.ts'), import('./http-api.ts')]);
  const target = resolveTarget(flags);
  const api = new HttpApi(target, { timeoutMs });
  const { context, server, namespace, user } = target;
  return { api, context, server, namespace, user, close: () => api.close() };
}

function requestTimeoutMs(text: string | undefined): number | null {
  if (text === undefined || text === '' || text === '0') return null;
  const duration = /^\d+$/.test(text) ? `${text}s` : text;
  if (!isDuration(duration)) throw new UsageError(`--request-timeout ${text} is not a duration such as 30s or 2m`);
  return durationMs(duration) || null;
}
