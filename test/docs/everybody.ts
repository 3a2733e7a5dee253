import type { Api } from '../../src/cluster/api.ts';
import { deliverOwed } from '../../src/executor/deliver.ts';
import { openSession } from '../../src/executor/session.ts';
import type { OpenNotifiers } from '../../src/notify/contract.ts';
import { isObject } from '../../src/rollout/json.ts';
import { wantedNotifiers } from '../../src/rollout/milestones.ts';
import type { TestCluster } from '../commands/cluster.ts';
import type { FakeHost } from '../commands/fake-host.ts';
import { answer, FakeConsul } from '../gates/fake-consul.ts';
import { FakeReceiver } from '../notify/fake-receiver.ts';
import { FakeSlack } from '../notify/fake-slack.ts';

/** Flags by which a rollout reaches out to somebody. */
export const OUTWARD = [
  '--slack-channel',
  '--callback-url',
  '--consul-service',
  '--gate',
  '--before-pod',
  '--after-pod',
];

export interface Everybody {
  host: FakeHost;
  slack: FakeSlack;
  receiver: FakeReceiver;
  /** Of OUTWARD, those by whom somebody was asked. */
  asked: Set<string>;
  close(): void;
}

/** A process whose environment has all tokens, with Slack, a receiver, Consul, Prometheus and hooks that answer well. */
export async function everybody(cluster: TestCluster): Promise<Everybody> {
  const { clock } = cluster.simulator;
  const slack = new FakeSlack(clock);
  const receiver = new FakeReceiver(clock);
  const consul = new FakeConsul(clock);
  const asked = new Set<string>();
  consul.others = async ({ url }) => {
    const isQuery = url.endsWith('/api/v1/query');
    asked.add(isQuery ? '--gate' : '--before-pod');
    return answer(200, {}, '{"status":"success","data":{"resultType":"scalar","result":[1,"0"]}}');
  };
  const stopRegistering = registering(cluster, consul);
  const notifiers: OpenNotifiers = async (...rollout) => {
    const wanted = wantedNotifiers(rollout[0]);
    const opened = [...(wanted.includes('slack') ? [slack] : []), ...(wanted.includes('callback') ? [receiver] : [])];
    const all = await Promise.all(opened.map((each) => each.open(...rollout)));
    return { notifiers: all.flatMap((each) => each.notifiers), missing: [] };
  };
  const base = cluster.host();
  const host = cluster.host({
    env: { TERM: 'dumb', SLACK_BOT_TOKEN: 'xoxb-x', SLACK_APP_TOKEN: 'xapp-x', BEDROCK_CALLBACK_SECRET: 'secret' },
    outside: consul,
    openSlack: async () => slack,
    openSession: (options) => openSession({ ...options, notifiers, outside: consul }),
    deliverOwed: (options) => deliverOwed({ ...options, notifiers }),
    connect: async (flags) => {
      const connected = await base.connect(flags);
      return { ...connected, api: withExec(connected.api, asked) };
    },
  });
  const close = () => {
    stopRegistering();
    if (consul.calls.length > 0) asked.add('--consul-service');
  };
  return { host, slack, receiver, asked, close };
}

/** Every pod that is Ready is in Consul, and no other. */
function registering({ simulator }: TestCluster, consul: FakeConsul): () => void {
  let known = new Set<string>();
  const look = () => {
    const ready = simulator.pods().filter(({ status, metadata }) => {
      const address = isObject(status) ? status.podIP : undefined;
      return typeof address === 'string' && metadata.deletionTimestamp === undefined;
    });
    const now = new Set(ready.map(({ metadata }) => String(metadata.uid)));
    for (const uid of known) if (!now.has(uid)) consul.deregister('web', uid);
    for (const { metadata, status } of ready) {
      const id = String(metadata.uid);
      const address = isObject(status) ? String(status.podIP) : '';
      if (!known.has(id)) consul.register('web', { id, node: 'node-0', address });
    }
    known = now;
    cancel = simulator.clock.after(200, look);
  };
  let cancel: () => void = () => {};
  look();
  return () => cancel();
}

/** Commands in pods, all of which agree. */
function withExec(api: Api, asked: Set<string>): Api {
  return {
    clock: api.clock,
    request: (request) => api.request(request),
    watch: (request) => api.watch(request),
    exec: async ({ command }) => {
      asked.add(command.join(' ').includes('in-sync') ? '--after-pod' : '--before-pod');
      return { exitCode: 0, output: '' };
    },
  };
}
