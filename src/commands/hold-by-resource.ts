import type { Api } from '../cluster/api.ts';
import { mayBe } from '../cluster/decided.ts';
import { observeSet } from '../cluster/observe.ts';
import { getSet } from '../cluster/reads.ts';
import { editSpec, readRecord } from '../cluster/record-store.ts';
import { editResource, type ResourceRead } from '../cluster/resource.ts';
import { isFenced, isUnfinished } from '../rollout/begin.ts';
import { RefusedError } from '../rollout/errors.ts';
import { resourceName } from '../rollout/resource.ts';
import { agree } from './agree.ts';
import { awaitOperator } from './await-operator.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, tell } from './host.ts';

interface Hold {
  /** Or let go. */
  hold: boolean;
  yes: boolean;
  /** What happens once it is let go. */
  warnings: readonly string[];
}

/**
 * hold and unhold of a set that a StatefulsetRollout decides about: an edit of its spec.hold, which its operator follows
 * between rollouts, and a rollout that is under way at its end. Whatever we wrote to the set itself it would put back.
 */
export async function holdByResource(
  host: Host,
  api: Api,
  ref: { namespace: string; name: string },
  decider: ResourceRead,
  { hold, yes, warnings }: Hold,
): Promise<number> {
  if (decider.kind === 'broken') throw new RefusedError(`${decider.why}. Mend that first`);
  const { resource } = decider;
  const subject = `sts/${ref.name}`;
  const what = resourceName(resource.name);
  const record = readRecord(await getSet(api, ref));
  const underWay = record !== null && isUnfinished(record, observeSet(await getSet(api, ref)));
  const question = hold
    ? `Let ${what} hold every pod of ${subject} between rollouts (spec.hold: true)?`
    : `Let ${what} put the own update strategy of ${subject} back (spec.hold: false)?`;
  const later = underWay ? ['a rollout is under way: it happens when that ends'] : [];
  const loose = hold ? [] : [`from then on whoever writes the template of ${subject} moves its pods`];
  if (!(await agree(host, yes, question, [...warnings, ...loose, ...later]))) return EXIT.done;
  const edited = await mayBe(
    'patch',
    resource,
    editResource(api, resource, ({ spec }) => (spec.hold === hold ? null : { hold })),
  );
  if (underWay) {
    await editSpec(api, ref, (spec) => ({ ...spec, hold }));
    tell(host, [`${what}: hold: ${hold}. At the end of its rollout ${subject} is ${hold ? 'left held' : 'let go'}.`]);
    return EXIT.done;
  }
  const answer = await awaitOperator(api, {
    ref,
    resource,
    generation: edited.generation,
    begun: (_record, _operator, raw) => isFenced(observeSet(raw)) === hold,
  });
  if (answer === 'begun') {
    tell(host, [`${subject} is ${hold ? 'held: no pod moves by itself' : 'let go: its own update strategy is back'}`]);
    return EXIT.done;
  }
  tell(host, [
    `${what} says hold: ${hold}, and its operator does not stir: ${subject} is not ${hold ? 'held' : 'let go'} yet.`,
  ]);
  return EXIT.failed;
}
