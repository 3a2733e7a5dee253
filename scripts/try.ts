/**
 * Shows the main job on a real API server: a StatefulSet `web` of 12 pods, rolled out four at a time in this terminal.
 *
 *     KUBEBUILDER_ASSETS=FOLDER npm run try       on a control plane that is started for it and ended with it
 *     npm run try -- --current-context            on the cluster of your kubeconfig, in a namespace made for it
 *
 * What else is given is passed on: npm run try -- --percent 50
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PROGRAM } from '../test/e2e/harness/bedrock.ts';
import { type Cluster, connectCluster, startCluster } from '../test/e2e/harness/cluster.ts';
import { exitCode } from '../test/e2e/harness/command.ts';
import { assets } from '../test/e2e/harness/control-plane.ts';
import { createSet } from '../test/e2e/harness/sets.ts';

const FLAG = '--current-context';
const given = process.argv.slice(2);
const extra = given.filter((word) => word !== FLAG);

async function open(): Promise<Cluster> {
  if (assets() !== null) {
    console.error('Starting etcd, kube-apiserver, controllers, scheduler and kubelets ...');
    return startCluster();
  }
  if (given.includes(FLAG)) return connectCluster(kubeconfig());
  throw new Error(
    'set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok and\n' +
      `kubectl; or, to use the cluster that your kubeconfig names now: npm run try -- ${FLAG}`,
  );
}

function kubeconfig(): string {
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter(existsSync);
  if (named.length > 1) throw new Error('KUBECONFIG names several files: give one');
  return named[0] ?? join(homedir(), '.kube', 'config');
}

/** The terminal sends Ctrl-C to both of us: it is the program's to answer, and ours to clean up after it. */
function rollOut(cluster: Cluster, args: string[]): Promise<number> {
  process.on('SIGINT', () => {});
  const child = spawn(process.execPath, [PROGRAM, 'rollout', ...args], { stdio: 'inherit', env: cluster.env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(exitCode(code, signal)));
  });
}

async function main(): Promise<number> {
  if (!existsSync(PROGRAM)) throw new Error('dist/kubectl-bedrock is missing: npm run build');
  const cluster = await open();
  let namespace: string | null = null;
  try {
    namespace = await cluster.namespace();
    console.error(`Creating statefulset/web with 12 pods in ${namespace} on ${cluster.server} ...`);
    // Images that a real cluster can pull too, of a program that does nothing.
    const image = (version: string) => `registry.k8s.io/pause:${version}`;
    await createSet(cluster, namespace, {
      replicas: 12,
      image: image('3.9'),
      start: '4s',
      stop: '1500ms',
      podSpec: { terminationGracePeriodSeconds: 5 },
    });
    const change = ['sts/web', '--namespace', namespace, '--image', `app=${image('3.10')}`, '--max-unavailable', '4'];
    return await rollOut(cluster, [...change, ...extra]);
  } finally {
    if (namespace !== null) await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
    await cluster.stop();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  },
);
