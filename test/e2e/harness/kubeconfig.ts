import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { run } from './command.ts';
import type { Access } from './raw-api.ts';

/** Writes a kubeconfig of one context, `e2e`, that needs no other file. */
export async function writeKubeconfig(path: string, access: Access, namespace?: string): Promise<void> {
  const base64 = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text).toString('base64'));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server: access.server, 'certificate-authority-data': base64(access.ca) } }],
    users: [
      {
        name: 'e2e',
        user: {
          token: access.token,
          'client-certificate-data': base64(access.cert),
          'client-key-data': base64(access.key),
        },
      },
    ],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e', namespace } }],
    'current-context': 'e2e',
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}

interface FlatConfig {
  clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: { user: Record<string, unknown> }[];
}

/**
 * What a kubeconfig's current context says, as the harness' own calls need it.
 * @throws Error where the user is known by neither token nor client certificate (an exec plugin)
 */
export async function readAccess(kubectl: string, kubeconfig: string): Promise<Access> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const view = await run(kubectl, ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'], { env });
  if (view.code !== 0) throw new Error(`kubectl cannot read ${kubeconfig}: ${view.stderr}`);
  const config: FlatConfig = parse(view.stdout);
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user ?? {};
  if (cluster === undefined) throw new Error(`${kubeconfig} has no current context`);
  const text = (value: unknown) =>
    typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : undefined;
  const access: Access = {
    server: cluster.server,
    ca: text(cluster['certificate-authority-data']),
    token: typeof user.token === 'string' ? user.token : undefined,
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  };
  if (typeof user.tokenFile === 'string') access.token = (await readFile(user.tokenFile, 'utf8')).trim();
  if (access.token === undefined && access.cert === undefined) {
    throw new Error(`${kubeconfig}: the e2e suite needs a user with a token or a client certificate`);
  }
  return access;
}
