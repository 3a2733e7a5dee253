import type { Api } from '../cluster/api.ts';
import { readLease } from '../cluster/lease.ts';
import { getSet } from '../cluster/reads.ts';
import { readRecord } from '../cluster/record-store.ts';
import { getResource, type ResourceRead, type ResourceRef } from '../cluster/resource.ts';
import type { Refusal } from '../rollout/desired.ts';
import { RefusedError } from '../rollout/errors.ts';
import type { JsonObject } from '../rollout/json.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import { resourceName } from '../rollout/resource.ts';
import { resourceStatusSchema } from '../rollout/resource-status.ts';

/** An operator that has not stirred for so long after an edit is dead. */
export const SIGN_OF_LIFE_MS = 15_000;
/** One that is alive begins within this, or says in the resource's status why it does not. */
const BEGINS_MS = 60_000;
const LOOK_MS = 500;

/** Reasons of conditions: what the resource says cannot be done, so that waiting is in vain. */
const REFUSALS: ReadonlySet<string> = new Set<Refusal['reason']>([
  'SetTaken',
  'SetNotFound',
  'InvalidSpec',
  'ImmutableField',
  'WouldMovePods',
]);

interface Awaited {
  /** Of the set. */
  ref: { namespace: string; name: string };
  resource: ResourceRef;
  /** metadata.generation after our edit: once it was observed, somebody is there; null where we edited nothing. */
  generation: number | null;
  /** Whether what was asked for is under way. */
  begun(record: RolloutRecord | null, operator: OperatorSeen, rawSet: JsonObject): boolean;
}

/** What is seen of an operator. */
export interface OperatorSeen {
  /** Who executes; null where nobody does. */
  holder: string | null;
  /** It has seen our edit of the resource. */
  observed: boolean;
}

/**
 * Waits until the operator does what a resource says.
 * @returns `dead` where it has not stirred: neither was the Lease of the set taken, nor the resource observed
 * @throws RefusedError where it says that it cannot, or does not begin
 */
export async function awaitOperator(api: Api, awaited: Awaited): Promise<'begun' | 'dead'> {
  const { ref, resource, generation } = awaited;
  const since = api.clock.now();
  let alive = false;
  for (;;) {
    const [raw, lease, read] = await Promise.all([getSet(api, ref), readLease(api, ref), getResource(api, resource)]);
    const holder = lease?.live ? lease.identity : null;
    const said = read?.kind === 'broken' ? read.status : read?.resource.status;
    const status = resourceStatusSchema.safeParse(said).data ?? {};
    const observed = generation !== null && (status.observedGeneration ?? 0) >= generation;
    if (awaited.begun(readRecord(raw), { holder, observed }, raw)) return 'begun';
    if (read === null)
      throw new RefusedError(`${resourceName(resource.name)} was deleted meanwhile: ${ref.name} stays as it is`);
    const refusal = observed ? status.conditions?.find(({ reason }) => REFUSALS.has(reason)) : undefined;
    if (refusal !== undefined) throw new RefusedError(`the operator says: ${refusal.message}`);
    alive ||= observed || holder !== null;
    const passed = api.clock.now() - since;
    if (!alive && passed >= SIGN_OF_LIFE_MS) return 'dead';
    if (passed >= BEGINS_MS) {
      throw new RefusedError(
        `the operator has seen ${resourceName(resource.name)}, and has not begun yet${status.message === undefined ? '' : `: ${status.message}`}. ` +
          `Look: kubectl describe ${resourceName(resource.name)} -n ${resource.namespace}`,
      );
    }
    await new Promise<void>((resolve) => api.clock.after(LOOK_MS, resolve));
  }
}

/** Whether the operator goes on with what an edit asked of a rollout; that may take it 15 s to show. */
export async function operatorGoesOn(
  api: Api,
  ref: Awaited['ref'],
  decider: ResourceRead,
  edited: boolean,
): Promise<boolean> {
  const resource = decider.kind === 'broken' ? decider : decider.resource;
  const answer = await awaitOperator(api, {
    ref,
    resource,
    generation: edited ? resource.generation : null,
    begun: (_record, { holder, observed }) => holder !== null || observed,
  });
  return answer === 'begun';
}
