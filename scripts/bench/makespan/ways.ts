import { bedrock } from '../../../test/e2e/harness/bedrock.ts';
import type { Cluster } from '../../../test/e2e/harness/cluster.ts';
import { run } from '../../../test/e2e/harness/command.ts';
import { nativeRollout } from '../../../test/e2e/harness/native.ts';
import { STRATEGIC_PATCH } from '../../../test/e2e/harness/raw-api.ts';
import { getSet, setsPath } from '../../../test/e2e/harness/sets.ts';
import { WatchLog } from '../../../test/e2e/harness/watch-log.ts';
import { boundMs, type Case } from './cases.ts';

/** A way to roll a set out on a real control plane. */
export interface Way {
  name: string;
  /** To ask for it by. */
  key: string;
  /** About so long it takes, in milliseconds: for who waits. */
  aboutMs(each: Case): number;
  /** Whether it is another way than the others there. */
  applies(each: Case): boolean;
  /**
   * From the first write of the set to the moment when all pods are Ready at the new version, by a watch of its own.
   * @returns milliseconds
   */
  roll(cluster: Cluster, namespace: string, each: Case, image: string): Promise<number>;
}

const PATIENCE = 3;
const oneByOneMs = ({ pods, stopMs, startMs }: Case) => pods * (stopMs + startMs);

export const OURS: Way = {
  name: 'ours',
  key: 'ours',
  aboutMs: boundMs,
  applies: () => true,
  async roll(cluster, namespace, { maxUnavailable }, image) {
    const words = [
      'rollout',
      'sts/web',
      '-n',
      namespace,
      '--image',
      `app=${image}`,
      '--max-unavailable',
      maxUnavailable,
    ];
    return watched(cluster, namespace, async () => {
      const { code, stdout, stderr } = await bedrock(cluster, [...words, '--min-ready', '0', '--yes', '-o', 'line']);
      if (code !== 0) throw new Error(`kubectl bedrock ended with ${code}:\n${stdout}${stderr}`);
    });
  },
};

export const NATIVE: Way = {
  name: 'native, one by one',
  key: 'native',
  aboutMs: oneByOneMs,
  applies: () => true,
  async roll(cluster, namespace, each, image) {
    const timeoutMs = PATIENCE * oneByOneMs(each) + 60_000;
    return (await nativeRollout(cluster, namespace, { image, timeoutMs })).makespanMs;
  },
};

export const NATIVE_MAX: Way = {
  name: 'native maxUnavailable',
  key: 'native-max',
  // under OrderedReady it takes the next pod down only when all that are down are back, one after the other
  aboutMs: (each) => (each.policy === 'Parallel' ? boundMs(each) : each.pods * each.startMs),
  applies: ({ atOnce }) => atOnce > 1,
  async roll(cluster, namespace, each, image) {
    const timeoutMs = PATIENCE * oneByOneMs(each) + 60_000;
    return (await nativeRollout(cluster, namespace, { image, maxUnavailable: each.atOnce, timeoutMs })).makespanMs;
  },
};

/** What people do by hand: from the top, a batch is deleted, and the next one when all of it is Ready again. */
export const SHELL: Way = {
  name: 'kubectl delete, in batches',
  key: 'shell',
  aboutMs: (each) => (each.policy === 'Parallel' ? 1.3 * boundMs(each) : oneByOneMs(each)),
  applies: () => true,
  async roll(cluster, namespace, each, image) {
    return watched(cluster, namespace, async () => {
      const patch = {
        spec: {
          updateStrategy: { type: 'OnDelete', rollingUpdate: null },
          template: { spec: { containers: [{ name: 'app', image }] } },
        },
      };
      await cluster.api.patch(setsPath(namespace, 'web'), patch, STRATEGIC_PATCH);
      const { code, stderr } = await run('sh', ['-ec', LOOP, namespace, String(each.pods), String(each.atOnce)], {
        env: cluster.env,
      });
      if (code !== 0) throw new Error(`the shell loop ended with ${code}: ${stderr}`);
    });
  },
};

// `kubectl delete` returns when the pods are gone; the new ones may not be there yet, and then wait fails
const LOOP = `
last=$1
while [ "$last" -gt 0 ]; do
  batch=
  for i in $(seq 1 "$2"); do
    if [ "$last" -gt 0 ]; then last=$((last - 1)); batch="$batch pod/web-$last"; fi
  done
  kubectl -n "$0" delete $batch > /dev/null
  until kubectl -n "$0" wait --for=condition=Ready $batch --timeout=1h > /dev/null 2>&1; do sleep 0.1; done
done
`;

export const WAYS: readonly Way[] = [OURS, NATIVE_MAX, NATIVE, SHELL];

async function watched(cluster: Cluster, namespace: string, roll: () => Promise<void>): Promise<number> {
  await using log = await WatchLog.start(cluster, namespace);
  await roll();
  await log.mark();
  const revision = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
  return log.history().makespan(revision).ms;
}
