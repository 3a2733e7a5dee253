import { getDecider } from '../cluster/decided.ts';
import { patchSet } from '../cluster/writes.ts';
import { writePatch } from '../executor/patch.ts';
import { beginNew, isFenced, isUnfinished } from '../rollout/begin.ts';
import { RefusedError } from '../rollout/errors.ts';
import { heldStatus, notHeldByFence } from '../rollout/holding.ts';
import { namePods } from '../rollout/look.ts';
import { HOLD_ALL } from '../rollout/record.ts';
import { clean } from '../ui/text.ts';
import { agree } from './agree.ts';
import { EXIT } from './exit-codes.ts';
import { gather } from './gather.ts';
import { holdByResource } from './hold-by-resource.ts';
import { type Host, tell } from './host.ts';
import type { Op } from './op.ts';
import { withConnection } from './with-connection.ts';

type HoldOp = Extract<Op, { command: 'hold' | 'unhold' }>;

/** Fences a set with no rollout under way: whoever writes its template then moves no pod by it. */
export function hold(op: HoldOp, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const ref = { namespace, name: op.name };
    const gathered = await gather(api, ref);
    const { set, pods, raw, record, holder } = gathered;
    const subject = `sts/${op.name}`;
    if (isFenced(set) && set.strategy.type === 'RollingUpdate') {
      const moving = record !== null && isUnfinished(record, set);
      tell(host, [
        moving ? `${subject} is held by its rollout: kubectl bedrock pause stops that` : `${subject} is held already`,
      ]);
      return EXIT.done;
    }
    const decider = await getDecider(api, raw);
    if (decider !== null) return holdByResource(host, api, ref, decider, { hold: true, yes: op.yes, warnings: [] });
    if (holder !== null)
      throw new RefusedError(
        `${holder} executes a rollout of ${op.name} now: kubectl bedrock pause ${subject} -n ${namespace}`,
      );
    const loose = notHeldByFence(set, pods);
    if (loose.length > 0 && set.strategy.type === 'OnDelete') {
      throw new RefusedError(
        `${subject} is OnDelete, and its controller calls ${set.currentRevision} current, which ${namePods(loose)} do not run: ` +
          'behind a fence they would come back at that revision. A rollout settles the set first.',
      );
    }
    const now = api.clock.now();
    const { spec, origin } = beginNew({
      ...gathered,
      target: { kind: 'pending', summary: 'no rollout' },
      again: false,
      pace: { hold: true },
      manifestStrategy: null,
      user: host.user,
      identity: host.newIdentity(),
      now: new Date(now).toISOString(),
    });
    const warnings =
      loose.length === 0
        ? []
        : [`cannot be held: ${namePods(loose)} would come back at ${clean(set.currentRevision)} when they die`];
    if (!(await agree(host, op.yes, `Hold every pod of ${subject} in ${namespace} at its version?`, warnings)))
      return EXIT.done;
    const fence = { type: 'RollingUpdate', partition: HOLD_ALL } as const;
    const status = heldStatus(set, spec, origin, pods, host.user, now);
    await patchSet(
      api,
      ref,
      writePatch(
        raw,
        {
          kind: 'write',
          what: 'start',
          generation: set.generation,
          strategy: fence,
          then: {},
          mustSee: false,
          why: 'hold',
        },
        { spec, origin, status },
      ),
    );
    tell(host, [
      `${subject} is held: no pod moves by itself. Let go: kubectl bedrock unhold ${subject} -n ${namespace}`,
    ]);
    return EXIT.done;
  });
}
