import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATIONS, type RecordStatus } from '../../../src/rollout/record.ts';
// not by harness/index.ts, which needs vitest around it: this is also played by scripts/chaos.ts
import { runBedrock } from '../harness/bedrock.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { SetHistory } from '../harness/history.ts';
import { isReady, revisionOf, type StatefulSet } from '../harness/objects.ts';
import { createSet, getSet, podsOf } from '../harness/sets.ts';
import { WatchLog } from '../harness/watch-log.ts';
import { kubeletSlips } from './kubelet-slips.ts';
import { FAULTS, type Plan, REPLICAS } from './plan.ts';

export interface Outcome {
  /** What did not hold; empty after a good run. */
  violations: string[];
  /** From the start of the command to its end. */
  tookMs: number;
  mostUnavailable: number;
  /** Restarts beyond one a pod. */
  extraRestarts: number;
  /** As the record lists them. */
  lostRaces: string[];
  /** New pods that the stand-in for the kubelets took by mistake, not we: see kubeletSlips(). */
  slips: string[];
  /** How often the watch log itself could not go on without a fresh list: what happened meanwhile it has not seen. */
  gaps: number;
  output: string;
}

/**
 * One rollout of 30 pods on a real control plane of which one part fails in the middle. Judged by the watch log, and by
 * the record only in this: a pod that was restarted twice must be listed there as a lost race.
 */
export async function playChaos(cluster: Cluster, plan: Plan): Promise<Outcome> {
  const namespace = await cluster.namespace();
  const { policy, maxUnavailable, start, stop } = plan;
  await createSet(cluster, namespace, { replicas: REPLICAS, policy, start, stop });
  await using log = await WatchLog.start(cluster, namespace);
  const began = performance.now();
  const wanted = ['--image', 'app=app:2', '--max-unavailable', String(maxUnavailable), '--min-ready', '0', '--yes'];
  const run = runBedrock(cluster, ['rollout', 'sts/web', '-n', namespace, ...wanted, '-o', 'line']);
  await log.until('the moment of the fault', (history) => run.over || history.restarts() >= plan.afterRestarts);
  await sleep(plan.delayMs);
  await fail(cluster, plan);
  const { code, stdout, stderr } = await run.finished();
  const tookMs = performance.now() - began;
  await log.mark();
  const set = await getSet(cluster, namespace);
  const left = (await podsOf(cluster, namespace)).filter(
    (pod) => !isReady(pod) || revisionOf(pod) !== set.status?.updateRevision,
  );
  const judged = judge(log.history(), set, plan, kubeletSlips(cluster.parts.log('kwok'), namespace));
  if (code !== 0) judged.violations.unshift(`exit code ${code}`);
  if (left.length > 0)
    judged.violations.unshift(`not at the target and Ready: ${left.map(({ metadata }) => metadata.name).join(', ')}`);
  if (judged.violations.length === 0) await cluster.api.delete(`/api/v1/namespaces/${namespace}`);
  return { ...judged, tookMs, gaps: log.gaps, output: stdout + stderr };
}

async function fail(cluster: Cluster, { kind }: Plan): Promise<void> {
  const { part, how, downMs } = FAULTS[kind];
  await cluster.parts.kill(part, how === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL');
  await sleep(downMs);
  if (how === 'SIGSTOP') await cluster.parts.kill(part, 'SIGCONT');
  else await cluster.parts.restart(part);
}

type Judged = Pick<Outcome, 'violations' | 'mostUnavailable' | 'extraRestarts' | 'lostRaces' | 'slips'>;

function judge(history: SetHistory, set: StatefulSet, plan: Plan, retried: readonly string[]): Judged {
  // a retry that found the old pod, or nobody, has done no harm
  const slips = retried.filter((pod) => history.tookAtOnce(pod, set.status?.updateRevision ?? ''));
  const violations: string[] = [];
  const lostRaces = (statusOf(set)?.lostRaces ?? []).map(({ pod }) => pod);
  const most = history.maxUnavailable();
  if (most.count > plan.maxUnavailable + slips.length)
    violations.push(`budget: ${most.count} unavailable at once: ${most.pods.join(', ')}`);
  for (const { pod, partition } of history.fenceViolations(set.status?.updateRevision ?? '')) {
    if (!lostRaces.includes(pod)) violations.push(`fence: ${pod} lived on, old, at or above partition ${partition}`);
  }
  let extraRestarts = 0;
  for (const [ordinal, restarts] of history.restartsPerOrdinal()) {
    if (restarts < 1) violations.push(`web-${ordinal} was never replaced`);
    if (restarts < 2) continue;
    extraRestarts += restarts - 1;
    const listed = lostRaces.filter((pod) => pod === `web-${ordinal}`).length;
    const slipped = slips.filter((pod) => pod === `web-${ordinal}`).length;
    if (restarts - 1 > listed + slipped)
      violations.push(`once: web-${ordinal} was restarted ${restarts} times, ${listed} lost races of it are listed`);
  }
  if (lostRaces.length > plan.maxUnavailable)
    violations.push(`${lostRaces.length} lost races by one fault: ${lostRaces.join(', ')}`);
  return { violations, mostUnavailable: most.count, extraRestarts, lostRaces, slips };
}

function statusOf(set: StatefulSet): RecordStatus | null {
  const text = set.metadata.annotations?.[ANNOTATIONS.status];
  return text === undefined ? null : (JSON.parse(text) as RecordStatus);
}
