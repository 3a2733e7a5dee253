import { mayBe } from '../cluster/decided.ts';
import { getResource } from '../cluster/resource.ts';
import { RefusedError } from '../rollout/errors.ts';
import { resourceName, setNameOf } from '../rollout/resource.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';
import { withConnection } from './with-connection.ts';

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
