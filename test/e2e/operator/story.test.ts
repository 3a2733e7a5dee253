import { createHmac } from 'node:crypto';
import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Receiver } from '../../notify/receiver.ts';
import { SlackServer } from '../../notify/slack-server.ts';
import { Consul, consulProgram } from '../harness/consul.ts';
import {
  allReady,
  type BedrockRun,
  type Cluster,
  eventually,
  getPod,
  getSet,
  isReady,
  isTerminating,
  podsOf,
  podsPath,
  revisionOf,
  runBedrock,
  setManifest,
  sharedCluster,
  WatchLog,
} from '../harness/index.ts';

/** The story of the original: a resource, Slack, Consul, a pause, a pod that dies in it, and the call-back at the end. */

const CRD = resolve(import.meta.dirname, '../../../plugin-manifest/crd.yaml');
const RESOURCES = '/apis/rollouts.bedrock.dev/v1alpha1';
const PODS = 8;
const SECRET = 'correct horse battery staple';

interface StatefulSetManifest {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

let cluster: Cluster;
let program: string | null = null;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.kubectl('apply', '--server-side', '-f', CRD);
  await cluster.kubectl('wait', '--for=condition=Established', 'crd/statefulsetrollouts.rollouts.bedrock.dev');
  program = await consulProgram().catch((error: unknown) => {
    console.error(`without a real Consul: ${String(error)}`);
    return null;
  });
});

for (const ending of ['complete', 'rolled-back'] as const) {
  it(`a rollout by a resource, from 25 percent to ${ending}`, async ({ skip }) => {
    if (program === null) return skip('no Consul: set CONSUL_BIN');
    await using story = await Story.begin(program);
    const { namespace, slack, receiver } = story;

    // the set is made from the resource, and held; then a new version for a quarter of it
    await story.apply('app:1', { percent: 100 });
    await allReady(cluster, namespace);
    const old = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
    await using log = await WatchLog.start(cluster, namespace);
    await story.apply('app:2', { percent: 25 });
    await story.reaches('Paused', 'PercentReached');
    expect(await story.replaced(old)).toEqual(['web-6', 'web-7']);
    const wanted = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
    const [parent] = slack.of('chat.postMessage');
    expect(parent?.fields).toMatchObject({ channel: '#deploys' });
    expect(parent?.fields.thread_ts).toBeUndefined();
    expect(story.told()).toEqual(expect.arrayContaining(['started', 'held']));

    // paused in the middle of what comes next
    await story.patch({ percent: 100 });
    await eventually('a third pod goes', async () => (await story.replaced(old)).length > 2);
    await story.patch({ pauseRequested: true, pausedBy: 'ann@laptop' });
    await story.reaches('Paused', 'Requested');
    await eventually('what is on the way arrives', async () => {
      const pods = await podsOf(cluster, namespace);
      return pods.length === PODS && pods.every((pod) => isReady(pod) && !isTerminating(pod));
    });
    const before = await story.replaced(old);
    expect(before).not.toContain('web-0');

    // who dies in the pause comes back as it was
    const victim = await getPod(cluster, namespace, 'web-0');
    await cluster.api.delete(podsPath(namespace, 'web-0'));
    await eventually('web-0 is back', async () => {
      const pod = await getPod(cluster, namespace, 'web-0').catch(() => null);
      return pod !== null && pod.metadata.uid !== victim.metadata.uid && isReady(pod);
    });
    expect(revisionOf(await getPod(cluster, namespace, 'web-0'))).toBe(old);
    expect(await story.replaced(old)).toEqual(before);

    await log.mark();
    expect(log.history().fenceViolations(wanted)).toEqual([]);

    if (ending === 'complete') {
      await story.patch({ pauseRequested: false, pausedBy: null, resumedAt: new Date().toISOString() });
      await story.reaches('Complete');
      expect(await story.replaced(old)).toHaveLength(PODS);
    } else {
      const status = await story.status();
      const rollback = {
        at: new Date().toISOString(),
        by: 'ann@laptop',
        summary: 'asked to',
        identity: status.rolloutIdentity,
      };
      await story.patch({ rollback, pauseRequested: false, pausedBy: null, resumedAt: new Date().toISOString() });
      await story.reaches('RolledBack');
      expect(await story.replaced(old)).toEqual([]);
    }

    // everybody has been told, signed, once each and in order
    await eventually('the call-back of the end', () => story.told().at(-1) === ending);
    const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { headers, text } of receiver.received) story.checkSignature(headers, text);
    const threads = slack.of('chat.postMessage').filter(({ fields }) => fields.thread_ts !== undefined);
    expect(threads.length).toBeGreaterThan(1);
    expect(new Set(threads.map(({ fields }) => fields.thread_ts)).size).toBe(1);
    const last = ending === 'complete' ? /complete/i : /rolled back/i;
    await eventually('Slack tells the end', () => last.test(slack.of('chat.update').at(-1)?.fields.text ?? ''));

    await log.mark();
    // two of ours, and the one that somebody else took
    expect(log.history().maxUnavailable().count).toBeLessThanOrEqual(3);
    expect(story.operator.stdout).not.toContain(SECRET);
    expect(story.operator.stdout).not.toContain('xoxb-');
  });
}

/** The company around a rollout: Slack, a receiver, a Consul that knows every Ready pod, and the operator. */
class Story implements AsyncDisposable {
  #registering: Promise<void> = Promise.resolve();
  #over = false;

  private constructor(
    readonly namespace: string,
    readonly slack: SlackServer,
    readonly receiver: Receiver,
    readonly consul: Consul,
    readonly operator: BedrockRun,
  ) {}

  static async begin(program: string): Promise<Story> {
    const namespace = await cluster.namespace();
    const slack = await SlackServer.start();
    const receiver = await Receiver.start();
    const consul = await Consul.start(program);
    await cluster.api.post(`/api/v1/namespaces/${namespace}/secrets`, {
      metadata: { name: 'callback' },
      stringData: { secret: SECRET },
    });
    const operator = runBedrock(cluster, ['operator', '-n', namespace, '--listen', '127.0.0.1:0'], {
      env: { CONSUL_HTTP_ADDR: consul.address, SLACK_BOT_TOKEN: 'xoxb-story', SLACK_API_URL: slack.url },
    });
    const story = new Story(namespace, slack, receiver, consul, operator);
    story.#registering = story.#register();
    return story;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#registering;
    this.operator.kill('SIGTERM');
    await this.operator.code;
    await this.slack[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
  }

  async apply(image: string, pace: object): Promise<void> {
    const manifest = setManifest({ replicas: PODS, image, stop: '1000ms', start: '500ms' }) as StatefulSetManifest;
    const spec = {
      statefulset: { spec: manifest.spec },
      maxUnavailable: 2,
      minReady: '0s',
      channel: '#deploys',
      serviceDiscovery: { serviceNames: ['web'], soak: '1s' },
      callback: { url: this.receiver.url, secretRef: { name: 'callback', key: 'secret' } },
      ...pace,
    };
    const resource = { apiVersion: 'rollouts.bedrock.dev/v1alpha1', kind: 'StatefulsetRollout' };
    const text = JSON.stringify({ ...resource, metadata: { name: 'web', namespace: this.namespace }, spec });
    const done = await cluster.kubectlWith({ stdin: text }, 'apply', '-f', '-');
    expect(done.code, done.stderr).toBe(0);
  }

  async patch(spec: object): Promise<void> {
    await cluster.api.patch(`${RESOURCES}/namespaces/${this.namespace}/statefulsetrollouts/web`, { spec });
  }

  async status(): Promise<{ phase?: string; reason?: string; rolloutIdentity?: string }> {
    const path = `${RESOURCES}/namespaces/${this.namespace}/statefulsetrollouts/web`;
    const { status } = await cluster.api.get<{ status?: object }>(path);
    return status ?? {};
  }

  async reaches(phase: string, reason?: string): Promise<void> {
    let last: object = {};
    await eventually(
      `the resource says ${phase} ${reason ?? ''}`,
      async () => {
        last = await this.status();
        return (
          'phase' in last &&
          last.phase === phase &&
          (reason === undefined || ('reason' in last && last.reason === reason))
        );
      },
      90_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(last)}\n${this.operator.stdout}\n${this.operator.stderr}`);
    });
  }

  /** Names of the pods that are not at `old`. */
  async replaced(old: string): Promise<string[]> {
    const pods = await podsOf(cluster, this.namespace);
    return pods.filter((pod) => revisionOf(pod) !== old).map(({ metadata }) => metadata.name);
  }

  /** The kinds of the call-backs, in order. */
  told(): string[] {
    return this.receiver.received.map(({ text }) => (JSON.parse(text) as { event: string }).event);
  }

  checkSignature(headers: Record<string, unknown>, text: string): void {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    const wanted = createHmac('sha256', SECRET).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${wanted}`);
  }

  /** What consul-k8s does: a Ready pod is registered, one that is gone is not. */
  async #register(): Promise<void> {
    const known = new Map<string, string>();
    await eventually(
      'the end of the story',
      async () => {
        const pods = await podsOf(cluster, this.namespace).catch(() => null);
        if (pods === null) return this.#over;
        const ready = new Map(
          pods
            .filter((pod) => isReady(pod) && !isTerminating(pod))
            .map((pod) => [`${pod.metadata.name}-${pod.metadata.uid}`, pod.status?.podIP ?? '']),
        );
        for (const [id, address] of ready) {
          if (known.has(id)) continue;
          known.set(id, address);
          await this.consul.register('web', id, address, 'passing');
        }
        for (const id of [...known.keys()].filter((each) => !ready.has(each))) {
          known.delete(id);
          await this.consul.deregister(id);
        }
        return this.#over;
      },
      300_000,
    );
  }
}
