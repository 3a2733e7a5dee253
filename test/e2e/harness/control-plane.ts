import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { USERS, type User, writeCredentials } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { Part } from './part.ts';
import { freePorts } from './ports.ts';
import { type Access, RawApi } from './raw-api.ts';

export const PARTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;
export type PartName = (typeof PARTS)[number];

export interface ControlPlaneOptions {
  /** Default 3, named node-0 and on. */
  nodes?: number;
  /** "Gate=true,Other=false", for all parts. */
  featureGates?: string;
  /** Further flags by part. */
  flags?: Partial<Record<PartName, string[]>>;
  /** Parts that end by themselves are started again: a scheduler may, after an API server was killed under it. */
  supervised?: boolean;
}

const repository = resolve(import.meta.dirname, '../../..');

/** The folder that KUBEBUILDER_ASSETS names; null where it does not. */
export function assets(): string | null {
  const folder = process.env.KUBEBUILDER_ASSETS;
  if (folder === undefined || folder === '') return null;
  const missing = [...PARTS, 'kubectl'].filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS=${folder} lacks ${missing.join(', ')}`);
  return folder;
}

/** etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok for the kubelets, on free ports of 127.0.0.1. */
export class ControlPlane {
  private constructor(
    readonly directory: string,
    readonly access: Access,
    private readonly parts: ReadonlyMap<PartName, Part>,
    private readonly release: () => Promise<void>,
  ) {}

  /** Resolves when the nodes are Ready. Takes 5 to 10 s. */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ControlPlane.#startOnce(options);
      } catch (error) {
        // A port that was free may be taken by the time its part listens.
        if (attempt === 3 || !String(error).includes('address already in use')) throw error;
      }
    }
  }

  static async #startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
    const bin = assets();
    if (bin === null) throw new Error('KUBEBUILDER_ASSETS names no folder of control plane programs');
    const directory = await mkdtemp(join(tmpdir(), 'bedrock-e2e-'));
    const release = startReaper(directory);
    const tokens = await writeCredentials(directory);
    const [api = 0, etcd = 0, peer = 0, manager = 0, scheduler = 0, kubelet = 0] = await freePorts(6);
    const server = `https://127.0.0.1:${api}`;
    const ca = await readFile(join(directory, 'ca.crt'), 'utf8');
    for (const user of USERS)
      await writeKubeconfig(join(directory, `${user}.kubeconfig`), { server, ca, token: tokens[user] });
    await writeFile(join(directory, 'kubelet.yaml'), kubeletConfig(directory));
    await writeFile(join(directory, 'containers.log'), `${new Date().toISOString()} stdout F starting\n`);
    const ports = { api, etcd, peer, manager, scheduler, kubelet };
    const flags = partFlags(directory, ports, options);
    const parts = new Map(
      PARTS.map((name) => [name, new Part(name, join(bin, name), flags[name], directory, options.supervised)]),
    );
    const plane = new ControlPlane(directory, { server, ca, token: tokens.admin }, parts, release);
    try {
      await plane.#bringUp(options.nodes ?? 3);
      return plane;
    } catch (error) {
      const logs = [...parts.values()]
        .filter((part) => existsSync(part.logFile))
        .map((part) => `--- ${part.name}\n${part.tail()}`);
      await plane.stop();
      throw new Error(`the control plane does not start: ${error}\n${logs.join('\n')}`);
    }
  }

  part(name: PartName): Part {
    const part = this.parts.get(name);
    if (part === undefined) throw new Error(`no part ${name}`);
    return part;
  }

  /** Resolves when the API server answers that it is ready. */
  async ready(): Promise<void> {
    const api = new RawApi(this.access);
    await this.#until('kube-apiserver', () => api.get('/readyz')).finally(() => api.close());
  }

  /**
   * Ends all parts and removes the folder.
   * @returns where the logs are kept, with `keepLogs`
   */
  async stop({ keepLogs = false } = {}): Promise<string | null> {
    const [etcd, ...others] = PARTS.map((name) => this.part(name));
    await Promise.all(others.map((part) => part.end()));
    // Last: the others would wait for it.
    await etcd?.end();
    const kept = keepLogs ? join(repository, '.tmp', 'e2e', this.directory.slice(-6)) : null;
    if (kept !== null) {
      await mkdir(kept, { recursive: true });
      for (const { name, logFile } of this.parts.values()) {
        if (existsSync(logFile)) await copyFile(logFile, join(kept, `${name}.log`));
      }
    }
    await rm(this.directory, { recursive: true, force: true });
    await this.release();
    return kept;
  }

  async #bringUp(nodes: number): Promise<void> {
    this.part('etcd').start();
    this.part('kube-apiserver').start();
    await this.ready();
    for (const name of ['kube-controller-manager', 'kube-scheduler', 'kwok'] as const) this.part(name).start();
    const api = new RawApi(this.access);
    try {
      for (let n = 0; n < nodes; n++) {
        const labels = { 'kubernetes.io/hostname': `node-${n}`, 'topology.kubernetes.io/zone': `zone-${n % 3}` };
        await api.post('/api/v1/nodes', { metadata: { name: `node-${n}`, labels } });
      }
      await this.#until('kube-controller-manager', () => api.get('/api/v1/namespaces/default/serviceaccounts/default'));
      await this.#until('kwok', async () => {
        const { items } = await api.get<{ items: { spec: { taints?: unknown[] } }[] }>('/api/v1/nodes');
        if (items.some(({ spec }) => (spec.taints ?? []).length > 0)) throw new Error('nodes are not Ready');
      });
    } finally {
      api.close();
    }
  }

  /** Asks until it is answered; gives up at once when the part that should answer has ended. */
  async #until(name: PartName, ask: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      try {
        await ask();
        return;
      } catch (error) {
        if (!this.part(name).alive) throw new Error(`${name} ended: ${this.part(name).tail(3)}`);
        if (performance.now() > deadline) throw error;
      }
      await sleep(50);
    }
  }
}

/** @returns what to call when there is nothing left to end; it resolves when the reaper has ended, too */
function startReaper(directory: string): () => Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const reaper = spawn(process.execPath, [join(import.meta.dirname, 'reaper.ts'), directory], {
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  // A pipe to a child is a socket: it must not hold our process open, only close with it.
  (reaper.stdin as unknown as Socket).unref();
  const ended = new Promise<void>((resolve) => reaper.once('exit', () => resolve()));
  return () => {
    reaper.ref();
    reaper.stdin.end();
    return ended;
  };
}

type Ports = Record<'api' | 'etcd' | 'peer' | 'manager' | 'scheduler' | 'kubelet', number>;

function partFlags(directory: string, ports: Ports, options: ControlPlaneOptions): Record<PartName, string[]> {
  const file = (name: string) => join(directory, name);
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const gates = options.featureGates === undefined ? [] : [`--feature-gates=${options.featureGates}`];
  const extra = (name: PartName) => options.flags?.[name] ?? [];
  const client = (user: User, port: number) => [
    `--kubeconfig=${file(`${user}.kubeconfig`)}`,
    `--authentication-kubeconfig=${file(`${user}.kubeconfig`)}`,
    `--authorization-kubeconfig=${file(`${user}.kubeconfig`)}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${file('generated')}`,
    '--leader-elect=false',
    '--profiling=false',
    // The default (20 a second) is what a rollout of hundreds of pods would be measured against.
    '--kube-api-qps=100',
    '--kube-api-burst=200',
  ];
  return {
    etcd: [
      '--name=e2e',
      `--data-dir=${file('etcd')}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=e2e=${peer}`,
      // The page cache outlives a killed process, and no test pulls the plug.
      '--unsafe-no-fsync',
      '--log-level=warn',
      ...extra('etcd'),
    ],
    'kube-apiserver': [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.api}`,
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${file('apiserver.crt')}`,
      `--tls-private-key-file=${file('apiserver.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      `--cert-dir=${file('generated')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
      `--kubelet-client-key=${file('kubelet-client.key')}`,
      `--kubelet-certificate-authority=${file('ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--profiling=false',
      ...gates,
      ...extra('kube-apiserver'),
    ],
    'kube-controller-manager': [
      ...client('kube-controller-manager', ports.manager),
      `--service-account-private-key-file=${file('sa.key')}`,
      `--root-ca-file=${file('ca.crt')}`,
      ...gates,
      ...extra('kube-controller-manager'),
    ],
    'kube-scheduler': [...client('kube-scheduler', ports.scheduler), ...gates, ...extra('kube-scheduler')],
    kwok: [
      `--kubeconfig=${file('kwok.kubeconfig')}`,
      `--config=${join(import.meta.dirname, 'stages.yaml')}`,
      `--config=${file('kubelet.yaml')}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
      `--server-address=127.0.0.1:${ports.kubelet}`,
      '--node-ip=127.0.0.1',
      `--node-port=${ports.kubelet}`,
      `--tls-cert-file=${file('kubelet.crt')}`,
      `--tls-private-key-file=${file('kubelet.key')}`,
      ...extra('kwok'),
    ],
  };
}

/** `kubectl logs` of any container gives DIRECTORY/containers.log; `kubectl exec` runs on this machine, in DIRECTORY. */
function kubeletConfig(directory: string): string {
  const apiVersion = 'kwok.x-k8s.io/v1alpha1';
  const metadata = { name: 'all' };
  const logs = { logs: [{ logsFile: join(directory, 'containers.log') }] };
  const execs = { execs: [{ local: { workDir: directory } }] };
  return [
    { apiVersion, kind: 'ClusterLogs', metadata, spec: logs },
    { apiVersion, kind: 'ClusterExec', metadata, spec: execs },
  ]
    .map((each) => stringify(each))
    .join('---\n');
}
