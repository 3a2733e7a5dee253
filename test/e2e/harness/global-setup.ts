import type { TestProject } from 'vitest/node';
import { type Cluster, connectCluster, removeNamespaces, startCluster } from './cluster.ts';
import { assets } from './control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The cluster that all test files share. */
    kubeconfig: string;
  }
}

/** One cluster for the whole run; each test has a namespace of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.BEDROCK_E2E_KUBECONFIG;
  let cluster: Cluster;
  if (given !== undefined && given !== '') cluster = await connectCluster(given);
  else if (assets() !== null) cluster = await startCluster();
  else {
    throw new Error(
      'the e2e suite needs a cluster: KUBEBUILDER_ASSETS=FOLDER (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, kubectl) or BEDROCK_E2E_KUBECONFIG=FILE',
    );
  }
  process.stderr.write(`e2e on Kubernetes ${cluster.version}, ${cluster.server}\n`);
  project.provide('kubeconfig', cluster.kubeconfig);
  return async () => {
    if (given) await removeNamespaces(cluster);
    await cluster.stop({ keepLogs: project.vitest.state.getCountOfFailedTests() > 0 });
  };
}
