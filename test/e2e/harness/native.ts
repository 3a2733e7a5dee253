import type { Cluster } from './cluster.ts';
import type { SetHistory } from './history.ts';
import { STRATEGIC_PATCH } from './raw-api.ts';
import { allAt, setsPath } from './sets.ts';
import { WatchLog } from './watch-log.ts';

export interface NativeRollout {
  revision: string;
  makespanMs: number;
  history: SetHistory;
}

/**
 * Rolls a set out with the controller's own RollingUpdate and measures it.
 * @param maxUnavailable needs a server that knows it (on by default from 1.37 on); without it: one by one
 */
export async function nativeRollout(
  cluster: Cluster,
  namespace: string,
  {
    name = 'web',
    image,
    maxUnavailable,
    timeoutMs = 180_000,
  }: { name?: string; image: string; maxUnavailable?: number; timeoutMs?: number },
): Promise<NativeRollout> {
  await using log = await WatchLog.start(cluster, namespace);
  const patch = {
    spec: {
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { partition: 0, maxUnavailable: maxUnavailable ?? null },
      },
      template: { spec: { containers: [{ name: 'app', image }] } },
    },
  };
  await cluster.api.patch(setsPath(namespace, name), patch, STRATEGIC_PATCH);
  const set = await allAt(cluster, namespace, name, undefined, timeoutMs);
  const revision = set.status?.updateRevision ?? '';
  await log.mark();
  const history = log.history(name);
  return { revision, makespanMs: history.makespan(revision).ms, history };
}
