import type { Api } from '../cluster/api.ts';
import { readLease } from '../cluster/lease.ts';
import { observeSet } from '../cluster/observe.ts';
import { PodTracker } from '../cluster/pod-tracker.ts';
import {
  getSet,
  listAutoscalers,
  listBudgets,
  listRevisions,
  type PodList,
  podList,
  type Revision,
  serverVersion,
} from '../cluster/reads.ts';
import { readRecord } from '../cluster/record-store.ts';
import type { JsonObject } from '../rollout/json.ts';
import type { PodObservation, SetObservation } from '../rollout/observation.ts';
import type { PreflightFacts } from '../rollout/preflight.ts';
import type { RecordSpec, RolloutRecord } from '../rollout/record.ts';

interface Ref {
  namespace: string;
  name: string;
}

/** One look at a set and what belongs to it. */
export interface Gathered {
  raw: JsonObject;
  set: SetObservation;
  pods: PodObservation[];
  /** What `pods` were told from: a session goes on from there. */
  listed: PodList;
  revisions: Revision[];
  record: RolloutRecord | null;
  /** Who executes now; null where nobody does. */
  holder: string | null;
}

/** @throws ApiError 404 where there is no such set, with near names */
export async function gather(api: Api, ref: Ref): Promise<Gathered> {
  const raw = await getSet(api, ref);
  const now = api.clock.now();
  const set = observeSet(raw, now);
  const [listed, revisions, holder] = await Promise.all([
    podList(api, ref, raw),
    listRevisions(api, ref, set.uid),
    liveHolder(api, ref),
  ]);
  return {
    raw,
    set,
    pods: new PodTracker().observePods(listed.items, set, now),
    listed,
    revisions,
    record: readRecord(raw),
    holder,
  };
}

/** Who holds the Lease of a set and is not known to be gone; null where nobody does. */
export async function liveHolder(api: Api, ref: Ref): Promise<string | null> {
  const lease = await readLease(api, ref);
  return lease?.live ? lease.identity : null;
}

/** What the plan says of the cluster around the set; nothing where we may not look. */
export async function gatherAround(
  api: Api,
  ref: Ref,
  { set }: Gathered,
  spec: RecordSpec,
): Promise<Pick<PreflightFacts, 'budgets' | 'autoscalers' | 'serverVersion' | 'skewMs'>> {
  const [budgets, autoscalers, version] = await Promise.all([
    // those that match the new pods and those that match the old ones are the same, but for a change of labels
    listBudgets(api, ref, spec.target.template ?? set.template),
    listAutoscalers(api, ref),
    serverVersion(api),
  ]);
  return {
    budgets: budgets ?? [],
    autoscalers: autoscalers ?? [],
    serverVersion: version,
    skewMs: api.clock.skewMs ?? 0,
  };
}
