import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConnectFlags } from '../../cluster/connection.ts';
import { listAt, textAt } from '../../cluster/fields.ts';
import type { Host } from '../host.ts';
import { withConnection } from '../with-connection.ts';
import type { Names } from './candidates.ts';

/** A person who presses Tab waits no longer. */
const TIME_LIMIT_MS = 2_000;

/** So long what was listed is said again without asking: Tab is pressed more than once. */
const CACHED_FOR_MS = 10_000;

/** Nobody reads more. */
const AT_MOST = 500;

const cachedSchema = z.object({ at: z.number(), names: z.array(z.string()) });

/** The names that the cluster knows; none where it does not say them in time. Never rejects. */
export async function namesOf(of: Names, flags: ConnectFlags, host: Pick<Host, 'connect' | 'env'>): Promise<string[]> {
  const cache = join(cacheFolder(host.env), `${keyOf(of, flags, host.env)}.json`);
  const cached = await readCached(cache);
  if (cached !== null && Date.now() - cached.at < CACHED_FOR_MS) return cached.names;
  try {
    const names = of === 'contexts' ? await contexts(flags) : await listed(of, flags, host);
    await mkdir(cacheFolder(host.env), { recursive: true, mode: 0o700 });
    await writeFile(cache, JSON.stringify({ at: Date.now(), names }), { mode: 0o600 });
    return names;
  } catch {
    return cached?.names ?? [];
  }
}

async function contexts(flags: ConnectFlags): Promise<string[]> {
  const { contextNames } = await import('../../cluster/kubeconfig.ts');
  return contextNames(flags);
}

async function listed(of: 'statefulsets' | 'namespaces', flags: ConnectFlags, host: Pick<Host, 'connect'>) {
  const limited = { ...flags, requestTimeout: `${TIME_LIMIT_MS}ms` };
  return withConnection(host, limited, async ({ api, namespace }) => {
    const path = of === 'namespaces' ? '/api/v1/namespaces' : `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
    const list = await api.request({
      method: 'GET',
      path,
      query: { limit: String(AT_MOST) },
      timeoutMs: TIME_LIMIT_MS,
    });
    return listAt(list, 'items').map((item) => textAt(item, 'metadata', 'name'));
  });
}

async function readCached(path: string): Promise<z.infer<typeof cachedSchema> | null> {
  try {
    return cachedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubectl-bedrock', 'completion');
}

/** Another kubeconfig, context or namespace has other names. */
function keyOf(of: Names, flags: ConnectFlags, env: NodeJS.ProcessEnv): string {
  const { token: _, ...shown } = flags;
  return createHash('sha256')
    .update(JSON.stringify([of, shown, env.KUBECONFIG ?? '']))
    .digest('hex')
    .slice(0, 32);
}
