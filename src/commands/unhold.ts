import { getDecider } from '../cluster/decided.ts';
import { annotationPath } from '../cluster/record-store.ts';
import { type JsonPatchOperation, patchSet } from '../cluster/writes.ts';
import { annotationsOf } from '../executor/patch.ts';

import { isFenced, isUnfinished, ownStrategy } from '../rollout/begin.ts';
import { RefusedError } from '../rollout/errors.ts';
import { releasedBy } from '../rollout/holding.ts';
import type { Json } from '../rollout/json.ts';
import { ANNOTATIONS, type RolloutRecord } from '../rollout/record.ts';
import { agree } from './agree.ts';
import { EXIT } from './exit-codes.ts';
import { gather } from './gather.ts';
import { holdByResource } from './hold-by-resource.ts';
import { type Host, tell } from './host.ts';
import type { Op } from './op.ts';
import { withConnection } from './with-connection.ts';

/** Puts the set's own update strategy back, and says first what its controller will then do. */
export function unhold(op: Extract<Op, { command: 'hold' | 'unhold' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const ref = { namespace, name: op.name };
    const { set, pods, raw, record, holder } = await gather(api, ref);
    const subject = `sts/${op.name}`;
    if (record === null || !isFenced(set)) {
      tell(host, [`${subject} is not held by this tool: nothing to do`]);
      return EXIT.done;
    }
    const strategy = ownStrategy(set, record);
    const halfWay = isUnfinished(record, set);
    const decider = await getDecider(api, raw);
    if (decider !== null) {
      const warnings = halfWay ? [] : releasedBy(strategy, set, pods);
      return holdByResource(host, api, ref, decider, { hold: false, yes: op.yes, warnings });
    }
    if (holder !== null)
      throw new RefusedError(`${holder} executes a rollout of ${op.name} now: pause or leave that first`);
    const warnings = [
      ...releasedBy(strategy, set, pods),
      ...(halfWay
        ? [
            'the rollout is given up half-way, and its record with it: it can be neither resumed nor rolled back by this tool',
          ]
        : []),
    ];
    if (!(await agree(host, op.yes, `Put the own update strategy of ${subject} in ${namespace} back?`, warnings)))
      return EXIT.done;
    await patchSet(api, ref, [
      { op: 'test', path: '/metadata/generation', value: set.generation },
      { op: 'add', path: '/spec/updateStrategy', value: strategy },
      ...(halfWay ? withoutRecord(raw) : [letGo(record)]),
    ]);
    tell(host, [`${subject}: its own update strategy is back`]);
    return EXIT.done;
  });
}

function withoutRecord(raw: Json): JsonPatchOperation[] {
  const annotations = annotationsOf(raw) ?? {};
  return Object.values(ANNOTATIONS)
    .filter((name) => annotations[name] !== undefined)
    .map((name) => ({ op: 'remove', path: annotationPath(name) }));
}

function letGo({ status }: RolloutRecord): JsonPatchOperation {
  const value = JSON.stringify({ ...status, fence: null, held: false });
  return { op: 'add', path: annotationPath(ANNOTATIONS.status), value };
}
