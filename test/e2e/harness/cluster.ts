import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { endAfterTest } from './clean-up.ts';
import { type CommandOptions, type Finished, run } from './command.ts';
import { assets, ControlPlane, type ControlPlaneOptions, type PartName } from './control-plane.ts';
import { readAccess, writeKubeconfig } from './kubeconfig.ts';
import { type Access, RawApi } from './raw-api.ts';
import { eventually } from './wait.ts';

const repository = resolve(import.meta.dirname, '../../..');

/** Marks the namespaces of a run, so that they can be found and removed on a cluster that is not ours. */
const LABEL = 'bedrock-e2e';

/** What may be done with an API server in a test. */
export interface Cluster extends AsyncDisposable {
  /** A file. Its user may do everything. */
  readonly kubeconfig: string;
  /** "1.34" */
  readonly version: string;
  readonly server: string;
  readonly api: RawApi;
  /** For programs that are to talk to this cluster: KUBECONFIG, and a PATH with kubectl, our Node and dist/. */
  readonly env: NodeJS.ProcessEnv;
  /** kubectl of the server's version; `kubectl('bedrock', ...)` is the product as a plugin. */
  kubectl(...args: string[]): Promise<Finished>;
  kubectlWith(options: CommandOptions, ...args: string[]): Promise<Finished>;
  /** Makes a fresh namespace in which pods can be created at once. */
  namespace(): Promise<string>;
  /**
   * Makes a user who may do in `namespace` just what `rules` (of a Role) say.
   * @returns a kubeconfig file of hers, with that namespace; it is removed after the test
   */
  user(namespace: string, rules: Rule[]): Promise<string>;
  /** The processes; rejects on a cluster that others use too: a test that hurts the control plane starts its own. */
  readonly parts: Parts;
  /** What `kubectl logs` shows of every container: a file to append to. */
  readonly containersLog: string | null;
  /** Ends what was started. `keepLogs`: and says where the logs are. */
  stop(options?: { keepLogs?: boolean }): Promise<void>;
}

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

export interface Parts {
  pid(name: PartName): number | null;
  /** Default SIGKILL. Resolves when the process is gone (SIGKILL, SIGTERM), or at once. */
  kill(name: PartName, signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again as it was, after `kill`; ends it first where it runs. Waits until kube-apiserver answers. */
  restart(name: PartName): Promise<void>;
  /** All that it has written since it was first started. */
  log(name: PartName): string;
}

/** Starts a control plane for this test alone. Use `await using`, or call stop(). */
export async function startCluster(options: ControlPlaneOptions = {}): Promise<Cluster> {
  const plane = await ControlPlane.start(options);
  const parts: Parts = {
    pid: (name) => plane.part(name).pid,
    kill: (name, signal) => plane.part(name).kill(signal),
    async restart(name) {
      await plane.part(name).end();
      plane.part(name).start();
      if (name === 'etcd' || name === 'kube-apiserver') await plane.ready();
    },
    log: (name) => plane.part(name).tail(Number.POSITIVE_INFINITY),
  };
  const stop = async (keepLogs: boolean) => {
    const kept = await plane.stop({ keepLogs });
    if (kept !== null) process.stderr.write(`the control plane's logs are kept in ${kept}\n`);
  };
  return connect(
    join(plane.directory, 'admin.kubeconfig'),
    plane.access,
    parts,
    join(plane.directory, 'containers.log'),
    stop,
  );
}

/** Uses a cluster that is there already, and stays. */
export async function connectCluster(kubeconfig: string): Promise<Cluster> {
  const refuse = () => {
    throw new Error('this control plane is not ours alone: startCluster() gives one that may be hurt');
  };
  const parts: Parts = { pid: refuse, kill: async () => refuse(), restart: async () => refuse(), log: refuse };
  return connect(kubeconfig, await readAccess(kubectlProgram(), kubeconfig), parts, null, async () => {});
}

/** Removes all namespaces that runs of this suite have left on the cluster. */
export async function removeNamespaces(cluster: Cluster): Promise<void> {
  await cluster.kubectl('delete', 'namespaces', '-l', LABEL, '--wait=false');
}

function kubectlProgram(): string {
  const folder = assets();
  return folder === null ? 'kubectl' : join(folder, 'kubectl');
}

async function connect(
  kubeconfig: string,
  access: Access,
  parts: Parts,
  containersLog: string | null,
  end: (keepLogs: boolean) => Promise<void>,
): Promise<Cluster> {
  const api = new RawApi(access);
  const { major, minor } = await api.get<{ major: string; minor: string }>('/version');
  const folders = [assets(), join(repository, 'node_modules/.bin'), join(repository, 'dist'), process.env.PATH];
  // What the runner sets for itself (NODE_OPTIONS, NODE_ENV, CI) is not the product's business.
  const { NODE_OPTIONS: _options, NODE_ENV: _env, CI: _ci, FORCE_COLOR: _color, ...inherited } = process.env;
  const env = { ...inherited, KUBECONFIG: kubeconfig, PATH: folders.filter(Boolean).join(delimiter) };
  const kubectlWith = (options: CommandOptions, ...args: string[]) =>
    run(kubectlProgram(), args, { ...options, env: { ...env, ...options.env } });
  let users = 0;
  const cluster: Cluster = {
    kubeconfig,
    version: `${major}.${minor.replace(/\D.*/, '')}`,
    server: access.server,
    api,
    env,
    parts,
    containersLog,
    kubectl: (...args) => kubectlWith({}, ...args),
    kubectlWith,
    async namespace() {
      const made = await api.post<{ metadata: { name: string } }>('/api/v1/namespaces', {
        metadata: { generateName: 'e2e-', labels: { [LABEL]: 'true' } },
      });
      const { name } = made.metadata;
      // Admission refuses pods of a namespace that has no default ServiceAccount yet.
      await eventually(`namespace ${name}`, () =>
        api.get<object>(`/api/v1/namespaces/${name}/serviceaccounts/default`),
      );
      return name;
    },
    async user(namespace, rules) {
      const name = `user-${++users}-${process.pid}`;
      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
      const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      await api.post(accounts, { metadata: { name } });
      await api.post(`${rbac}/roles`, { metadata: { name }, rules });
      await api.post(`${rbac}/rolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      });
      const { status } = await api.post<{ status: { token: string } }>(`${accounts}/${name}/token`, { spec: {} });
      const folder = await mkdtemp(join(tmpdir(), 'bedrock-user-'));
      endAfterTest(() => rm(folder, { recursive: true, force: true }));
      const path = join(folder, `${name}.kubeconfig`);
      await writeKubeconfig(path, { server: access.server, ca: access.ca, token: status.token }, namespace);
      return path;
    },
    async stop({ keepLogs = false } = {}) {
      api.close();
      await end(keepLogs);
    },
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
  return cluster;
}
