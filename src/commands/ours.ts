import type { Api } from '../cluster/api.ts';
import { listAll } from '../cluster/list.ts';
import { observeSet } from '../cluster/observe.ts';
import { readRecord } from '../cluster/record-store.ts';
import { isObject, type Json } from '../rollout/json.ts';
import type { SetObservation } from '../rollout/observation.ts';
import { ANNOTATIONS, type RolloutRecord } from '../rollout/record.ts';

/** A set that carries a record of ours. `record` is null where it cannot be read, and `problem` says why. */
export interface OurSet {
  ref: { namespace: string; name: string };
  set: SetObservation;
  record: RolloutRecord | null;
  problem: string | null;
}

/** Every set with a record of ours, by namespace and name. @param namespace null for all of them */
export async function listOurs(api: Api, namespace: string | null): Promise<OurSet[]> {
  const path = namespace === null ? '/apis/apps/v1/statefulsets' : `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
  const { items } = await listAll(api, { path });
  const now = api.clock.now();
  return items
    .filter(isOurs)
    .map((raw) => ourSet(raw, now))
    .sort((a, b) => a.ref.namespace.localeCompare(b.ref.namespace) || a.ref.name.localeCompare(b.ref.name));
}

function isOurs(raw: Json): boolean {
  const metadata = isObject(raw) && isObject(raw.metadata) ? raw.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  return Object.values(ANNOTATIONS).some((name) => annotations[name] !== undefined);
}

function ourSet(raw: Json, now: number): OurSet {
  const set = observeSet(raw, now);
  const ref = { namespace: set.namespace, name: set.name };
  try {
    return { ref, set, record: readRecord(raw), problem: null };
  } catch (error) {
    return { ref, set, record: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
