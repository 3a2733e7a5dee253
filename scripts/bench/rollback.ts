import { bedrock, runBedrock } from '../../test/e2e/harness/bedrock.ts';
import { type Cluster, startCluster } from '../../test/e2e/harness/cluster.ts';
import type { SetHistory } from '../../test/e2e/harness/history.ts';
import { isReady, isTerminating, revisionOf } from '../../test/e2e/harness/objects.ts';
import { STRATEGIC_PATCH } from '../../test/e2e/harness/raw-api.ts';
import { allAt, allReady, createSet, getSet, setsPath } from '../../test/e2e/harness/sets.ts';
import { WatchLog } from '../../test/e2e/harness/watch-log.ts';
import type { Benchmark } from './benchmark.ts';

const PODS = 60;
const AT_ONCE = 6;
const STOP_MS = 500;
const START_MS = 3_000;
const PATIENCE_MS = 10 * 60_000;

interface Back {
  /** From the command to the moment when all pods are Ready at the old version, milliseconds. */
  ms: number;
  /** Pods that were not at the old version when it was given. */
  pods: number;
}

/** Half-way through a rollout it is taken back, by each tool's own command. */
export const rollback: Benchmark = {
  what: `a rollout of ${PODS} pods, ${AT_ONCE} at once, taken back half-way: by us, and by kubectl rollout undo`,
  async run({ pods: asked, all }) {
    const pods = asked ?? PODS;
    await using cluster = await startCluster();
    const ours = await takenBack(cluster, pods, oursBack);
    const undo = await takenBack(cluster, pods, (its) => undone(its, AT_ONCE));
    const single = all ? await takenBack(cluster, pods, (its) => undone(its, null)) : null;
    const shortest = ({ pods: away }: Back) => Math.ceil(away / AT_ONCE) * (STOP_MS + START_MS);
    const row = (name: string, back: Back) => [
      name,
      String(back.pods),
      `${(back.ms / 1000).toFixed(1)} s`,
      (back.ms / shortest(back)).toFixed(2),
      `${(back.ms / back.pods).toFixed(0)} ms`,
    ];
    return {
      rows: [
        ['', 'pods to bring back', 'took', 'of the shortest', 'a pod'],
        row('kubectl bedrock rollback', ours),
        row(`kubectl rollout undo, maxUnavailable ${AT_ONCE}`, undo),
        ...(single === null ? [] : [row('kubectl rollout undo, one by one', single)]),
      ],
      notes: [
        'From the start of the command, its own start-up included.',
        ...(single === null ? ['left out: kubectl rollout undo one by one (--all)'] : []),
      ],
      figures: [
        { what: 'ours of the shortest possible', value: ours.ms / shortest(ours), unit: 'x', wanted: null },
        {
          what: 'a pod, ours of kubectl rollout undo with maxUnavailable',
          value: ours.ms / ours.pods / (undo.ms / undo.pods),
          unit: 'x',
          wanted: null,
        },
      ],
    };
  },
};

interface Scene {
  cluster: Cluster;
  namespace: string;
  log: WatchLog;
  pods: number;
  /** Resolves once half of the pods are at another revision than the first. */
  halfway(): Promise<void>;
  /** Call as the command is given. */
  commanded(): void;
}

async function takenBack(cluster: Cluster, pods: number, roll: (scene: Scene) => Promise<void>): Promise<Back> {
  const namespace = await cluster.namespace();
  await createSet(cluster, namespace, { replicas: pods, start: `${START_MS}ms`, stop: `${STOP_MS}ms` });
  const old = (await getSet(cluster, namespace)).status?.updateRevision ?? '';
  await using log = await WatchLog.start(cluster, namespace);
  let at = 0;
  const halfway = () =>
    log.until('half of the pods to be new', (history) => away(history, old) >= pods / 2, { timeoutMs: PATIENCE_MS });
  await roll({ cluster, namespace, log, pods, halfway, commanded: () => (at = Date.now()) });
  await allAt(cluster, namespace, 'web', old, PATIENCE_MS);
  await allReady(cluster, namespace);
  await log.mark();
  await cluster.api.delete(setsPath(namespace, 'web'), { propagationPolicy: 'Background' });
  const { moments } = log.history();
  const then = moments.findLast((moment) => moment.at <= at);
  const back = moments.find((moment) => moment.at > at && isBack(moment, old, pods));
  if (then === undefined || back === undefined) throw new Error('the set was not seen to come back');
  return { ms: back.at - at, pods: notAt(then, old, pods) };
}

type Moment = SetHistory['moments'][number];

function notAt({ pods }: Moment, revision: string, all: number): number {
  const there = [...pods.values()].filter((pod) => revisionOf(pod) === revision && !isTerminating(pod));
  return all - there.length;
}

function isBack(moment: Moment, revision: string, all: number): boolean {
  return notAt(moment, revision, all) === 0 && [...moment.pods.values()].every(isReady);
}

function away(history: SetHistory, old: string): number {
  const last = history.moments.at(-1);
  return last === undefined
    ? 0
    : [...last.pods.values()].filter((pod) => isReady(pod) && revisionOf(pod) !== old).length;
}

async function oursBack({ cluster, namespace, halfway, commanded }: Scene): Promise<void> {
  const place = ['sts/web', '-n', namespace];
  const pace = ['--max-unavailable', String(AT_ONCE), '--min-ready', '0', '--yes', '-o', 'line'];
  const rollout = runBedrock(cluster, ['rollout', ...place, '--image', 'app=app:2', ...pace]);
  await halfway();
  commanded();
  const { code, stderr } = await bedrock(cluster, ['rollback', ...place, '--no-execute', '--yes']);
  if (code !== 0) throw new Error(`kubectl bedrock rollback ended with ${code}: ${stderr}`);
  await rollout.code;
}

async function undone({ cluster, namespace, halfway, commanded }: Scene, maxUnavailable: number | null): Promise<void> {
  const patch = {
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable } },
      template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } },
    },
  };
  await cluster.api.patch(setsPath(namespace, 'web'), patch, STRATEGIC_PATCH);
  await halfway();
  commanded();
  const { code, stderr } = await cluster.kubectl('rollout', 'undo', 'statefulset/web', '-n', namespace);
  if (code !== 0) throw new Error(`kubectl rollout undo ended with ${code}: ${stderr}`);
}
