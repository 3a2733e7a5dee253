import type { Api } from '../cluster/api.ts';
import { deciderOf, mayBe } from '../cluster/decided.ts';
import { getResource, type ResourceRead } from '../cluster/resource.ts';
import { RefusedError } from '../rollout/errors.ts';
import type { Json } from '../rollout/json.ts';
import { resourceName, setNameOf } from '../rollout/resource.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';
import { withConnection } from './with-connection.ts';

/**
 * The StatefulsetRollout that decides about a set; null where none does, or it is gone.
 * @throws RefusedError where we may not read it
 */
export async function deciderFor(api: Api, namespace: string, rawSet: Json): Promise<ResourceRead | null> {
  const name = deciderOf(rawSet);
  if (name === null) return null;
  const ref = { namespace, name };
  return mayBe('get', ref, getResource(api, ref));
}

/**
 * What was asked of `sroll/NAME`, asked of the set that this resource is about.
 * @throws RefusedError where there is no such resource, or it names no set
 */
export async function ofItsSet(op: Op, host: Pick<Host, 'connect'>): Promise<Op> {
  if (!('name' in op) || op.name === null) return op;
  const { name } = op;
  const set = await withConnection(host, op.kube, async ({ api, namespace }) => {
    const ref = { namespace, name };
    const read = await mayBe('get', ref, getResource(api, ref));
    if (read === null) {
      throw new RefusedError(
        `${resourceName(name)} not found in namespace ${namespace}; for a StatefulSet write sts/${name}`,
      );
    }
    if (read.kind === 'broken') throw new RefusedError(read.why);
    return setNameOf(read.resource);
  });
  return { ...op, name: set };
}
