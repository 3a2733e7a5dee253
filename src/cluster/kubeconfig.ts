// The only module that loads @kubernetes/client-node (about a second): import it by import(), never statically.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse, YAMLParseError } from 'yaml';
import { UsageError } from '../rollout/errors.ts';
import { isObject, type JsonObject } from '../rollout/json.ts';
import type { ConnectFlags } from './connect-flags.ts';
import type { CredentialSource, Secrets } from './credentials.ts';
import { wrongInKubeconfig } from './kubeconfig-shape.ts';
import { errorText } from './words.ts';

type ClusterEntry = KubeConfig['clusters'][number];
type UserEntry = KubeConfig['users'][number];
type ContextEntry = KubeConfig['contexts'][number];

/** Where to, and as whom: resolved once, so that a context switched in another shell changes nothing for us. */
export interface Target {
  context: string;
  namespace: string;
  user: string;
  server: string;
  /** The kubeconfig's proxy-url; null where it has none. */
  proxyUrl: string | null;
  tlsServerName: string | null;
  skipVerify: boolean;
  impersonate: { user: string | null; groups: readonly string[]; uid: string | null };
  credentials: CredentialSource;
}

interface Loaded {
  clusters: ClusterEntry[];
  users: UserEntry[];
  contexts: ContextEntry[];
  currentContext: string;
  /** What client-node's reading of a user leaves out: tokenFile, as-groups, as-uid. By name. */
  extras: Map<string, JsonObject>;
}

/** The names of all contexts. @throws UsageError where there is no kubeconfig */
export function contextNames(flags: ConnectFlags): string[] {
  return load(flags).contexts.map(({ name }) => name);
}

/** @throws UsageError for a kubeconfig, context, cluster or user that is not there */
export function resolveTarget(flags: ConnectFlags): Target {
  const loaded = load(flags);
  const contextName = flags.context ?? loaded.currentContext;
  const context = contextName ? loaded.contexts.find(({ name }) => name === contextName) : undefined;
  if (contextName && !context) throw unknown('context', contextName, loaded.contexts);
  if (!context && !flags.cluster && !flags.server) {
    throw new UsageError(
      loaded.contexts.length > 0
        ? `the kubeconfig has no current context: choose one by --context (${names(loaded.contexts)})`
        : 'the kubeconfig has no contexts: name a cluster by --context, --cluster or --server',
    );
  }
  const cluster = findCluster(flags, loaded, context);
  const user = findUser(flags, loaded, context);
  const extras = loaded.extras.get(user.name) ?? {};
  const groups = Array.isArray(extras['as-groups']) ? extras['as-groups'].filter((g) => typeof g === 'string') : [];
  const uid = typeof extras['as-uid'] === 'string' ? extras['as-uid'] : null;
  // --as replaces the whole impersonation of the kubeconfig, as in kubectl
  const impersonate = flags.as
    ? { user: flags.as, groups: flags.asGroup, uid: flags.asUid ?? null }
    : {
        user: user.impersonateUser ?? null,
        groups: flags.asGroup.length > 0 ? flags.asGroup : groups,
        uid: flags.asUid ?? uid,
      };
  if (!impersonate.user && (impersonate.groups.length > 0 || impersonate.uid)) {
    throw new UsageError('--as-group and --as-uid need --as: name the user to act as');
  }
  return {
    context: contextName ?? '',
    namespace: flags.namespace || context?.namespace?.trim() || 'default',
    user: impersonate.user ?? user.name,
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl ?? null,
    tlsServerName: cluster.tlsServerName ?? null,
    skipVerify: cluster.skipTLSVerify,
    impersonate,
    credentials: { read: () => readSecrets(cluster, user), renew: () => void authenticators.delete(user) },
  };
}

/** Per user: client-node keeps tokens it has got in the KubeConfig, so dropping that is how to have new ones. */
const authenticators = new WeakMap<UserEntry, KubeConfig>();

async function readSecrets(cluster: ClusterEntry, user: UserEntry): Promise<Secrets> {
  let config = authenticators.get(user);
  if (!config) {
    config = new KubeConfig();
    // proxy and plain http are our dispatcher's affair; client-node would refuse http:// unless told not to verify
    config.loadFromClusterAndUser({ ...cluster, server: 'https://unused', proxyUrl: undefined }, user);
    authenticators.set(user, config);
  }
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  const bearer = isObject(options.headers) ? options.headers.Authorization : undefined;
  if (typeof bearer === 'string') headers.authorization = bearer.trim();
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { headers, tls: { ca: text(options.ca), cert: text(options.cert), key: text(options.key) } };
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}

function findCluster(flags: ConnectFlags, loaded: Loaded, context: ContextEntry | undefined): ClusterEntry {
  const name = flags.cluster ?? context?.cluster;
  const found = loaded.clusters.find((cluster) => cluster.name === name);
  if (name && !found) throw unknown('cluster', name, loaded.clusters);
  const server = flags.server ?? found?.server;
  if (!server) throw new UsageError('no cluster is named: use --context, --cluster or --server');
  const full = server.includes('://') ? server : `https://${server}`;
  if (!URL.canParse(full)) throw new UsageError(`the server ${JSON.stringify(server)} is not an address`);
  const skipTLSVerify = flags.insecureSkipTlsVerify ?? found?.skipTLSVerify ?? false;
  // client-go refuses a CA beside insecure-skip-tls-verify; kubectl's flag therefore drops the CA
  const ca = flags.insecureSkipTlsVerify ? {} : { caData: found?.caData, caFile: found?.caFile };
  return {
    name: name ?? '',
    server: full,
    skipTLSVerify,
    tlsServerName: found?.tlsServerName,
    proxyUrl: found?.proxyUrl,
    ...ca,
  };
}

function findUser(flags: ConnectFlags, loaded: Loaded, context: ContextEntry | undefined): UserEntry {
  const name = flags.user ?? context?.user;
  const found = loaded.users.find((user) => user.name === name);
  if (name && !found) throw unknown('user', name, loaded.users);
  if (flags.token) return { name: found?.name ?? 'token', token: flags.token, impersonateUser: found?.impersonateUser };
  if (!found) return { name: name ?? 'anonymous' };
  const tokenFile = loaded.extras.get(found.name)?.tokenFile;
  // client-go: a tokenFile goes before a token, and is read again now and then
  if (typeof tokenFile === 'string') {
    return { ...found, token: undefined, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  }
  return isObject(found.exec) ? { ...found, exec: withExecInfo(found.exec) } : found;
}

/** Plugins such as `aws eks get-token` read the version to answer in from this variable, which client-node does not set. */
function withExecInfo(exec: JsonObject): JsonObject {
  const given = Array.isArray(exec.env) ? exec.env : [];
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  return { ...exec, env: [...given, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] };
}

function unknown(kind: string, name: string, known: readonly { name: string }[]): UsageError {
  return new UsageError(
    `the kubeconfig has no ${kind} ${JSON.stringify(name)}${known.length > 0 ? `; it has ${names(known)}` : ''}`,
  );
}

function names(entries: readonly { name: string }[]): string {
  const shown = entries.slice(0, 10).map(({ name }) => name);
  return entries.length > shown.length
    ? `${shown.join(', ')} and ${entries.length - shown.length} more`
    : shown.join(', ');
}

function load(flags: ConnectFlags): Loaded {
  const files = kubeconfigFiles(flags);
  if (files.length > 0) return merge(files.map(readFile));
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  if (process.env.KUBERNETES_SERVICE_HOST && existsSync(token)) {
    const config = new KubeConfig();
    config.loadFromCluster();
    return { ...parts(config), extras: new Map() };
  }
  if (flags.server) return { clusters: [], users: [], contexts: [], currentContext: '', extras: new Map() };
  throw new UsageError(
    `no kubeconfig: ${process.env.KUBECONFIG ? `none of KUBECONFIG=${process.env.KUBECONFIG} exists` : `${defaultFile()} does not exist`}` +
      ', and this is not a pod of a cluster. Name one by --kubeconfig FILE or KUBECONFIG',
  );
}

function defaultFile(): string {
  return path.join(homedir(), '.kube', 'config');
}

/** Those that exist, as in kubectl: one named by flag must; of a KUBECONFIG list, missing ones are passed over. */
function kubeconfigFiles(flags: ConnectFlags): string[] {
  if (flags.kubeconfig) {
    if (!existsSync(flags.kubeconfig)) throw new UsageError(`the kubeconfig ${flags.kubeconfig} does not exist`);
    return [flags.kubeconfig];
  }
  const listed = (process.env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  return (listed.length > 0 ? listed : [defaultFile()]).filter((file) => existsSync(file));
}

/** A warning of the parser goes to standard error by itself, and quotes the line: in a kubeconfig that may be a token. */
const QUIET = { logLevel: 'error' } as const;

function readFile(file: string): Loaded {
  try {
    const raw = parsed(readFileSync(file, 'utf8'));
    const wrong = raw === null || raw === undefined ? null : wrongInKubeconfig(raw);
    if (wrong !== null) throw new UsageError(wrong);
    const config = new KubeConfig();
    // an empty file is an empty kubeconfig to kubectl; client-node would trip over it
    if (raw !== null && raw !== undefined) {
      // of client-node's own parser too, an error may quote what is in the file
      config.loadFromString(JSON.stringify(raw));
      config.makePathsAbsolute(path.dirname(file));
    }
    return { ...parts(config), extras: extrasOf(raw, path.dirname(path.resolve(file))) };
  } catch (error) {
    throw new UsageError(`the kubeconfig ${file} cannot be read: ${firstLine(error)}`);
  }
}

/** YAML's errors quote what they do not like, and in a kubeconfig that may be a token: only the place is told. */
function parsed(text: string): unknown {
  try {
    return parse(text, QUIET);
  } catch (error) {
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    const place = at === undefined ? '' : `, from line ${at.line}, column ${at.col} on`;
    const what =
      error instanceof YAMLParseError
        ? error.code.toLowerCase().replaceAll('_', ' ')
        : 'an alias or a merge that leads nowhere';
    throw new Error(`it is not YAML${place} (${what})`);
  }
}

function firstLine(error: unknown): string {
  return errorText(String(error instanceof Error ? error.message : error).split('\n')[0]).replace(/:$/, '');
}

function parts(config: KubeConfig): Pick<Loaded, 'clusters' | 'users' | 'contexts' | 'currentContext'> {
  const { clusters, users, contexts } = config;
  return { clusters, users, contexts, currentContext: config.currentContext ?? '' };
}

function extrasOf(raw: unknown, folder: string): Map<string, JsonObject> {
  const extras = new Map<string, JsonObject>();
  const users = isObject(raw) && Array.isArray(raw.users) ? raw.users : [];
  for (const entry of users) {
    if (!isObject(entry) || typeof entry.name !== 'string' || !isObject(entry.user)) continue;
    const { tokenFile } = entry.user;
    const user =
      typeof tokenFile === 'string' ? { ...entry.user, tokenFile: path.resolve(folder, tokenFile) } : entry.user;
    extras.set(entry.name, user);
  }
  return extras;
}

/** As kubectl merges: for each name, and for the current context, the first file that has it wins. */
function merge(all: readonly Loaded[]): Loaded {
  return {
    clusters: firstOfEachName(all.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(all.flatMap(({ users }) => users)),
    contexts: firstOfEachName(all.flatMap(({ contexts }) => contexts)),
    currentContext: all.find(({ currentContext }) => currentContext)?.currentContext ?? '',
    extras: new Map(all.toReversed().flatMap(({ extras }) => [...extras])),
  };
}

function firstOfEachName<T extends { name: string }>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const entry of entries) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}
