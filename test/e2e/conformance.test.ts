import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Connected, connect } from '../../src/cluster/connection.ts';
import { CASES } from '../conformance/cases.ts';
import { Kit } from '../conformance/kit.ts';
import { type Cluster, sharedCluster } from './harness/index.ts';

let cluster: Cluster;
let connected: Connected;

beforeAll(async () => {
  cluster = await sharedCluster();
  connected = await connect({ kubeconfig: cluster.kubeconfig, asGroup: [] });
});

afterAll(async () => {
  await connected?.close();
  await cluster?.stop();
});

/** The very cases that the simulator is held to: where the two differ, the simulator is wrong. */
describe.concurrent('conformance', () => {
  test.for(CASES)('$name', { timeout: 120_000 }, async ({ only, run }, { skip }) => {
    const version = Number(cluster.version.slice(2)) >= 37 ? '1.37' : '1.34';
    if (only !== undefined && only !== version) skip(`only so in ${only}`);
    await run(new Kit(connected.api, version, await cluster.namespace()));
  });
});
