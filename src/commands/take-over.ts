import { hashOf, observeSet } from '../cluster/observe.ts';
import { followDecider } from '../cluster/record-store.ts';
import { getResource } from '../cluster/resource.ts';
import { completedTemplate, keepSet } from '../operator/set-writes.ts';
import { desired } from '../rollout/desired.ts';
import { beginDesired } from '../rollout/desired-begin.ts';
import { RefusedError } from '../rollout/errors.ts';
import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { applyMergePatch } from '../rollout/merge-patch.ts';
import type { RecordOrigin, RecordSpec } from '../rollout/record.ts';
import { RESOURCE_ANNOTATION, type Resource, resourceName } from '../rollout/resource.ts';
import type { ScreenFlags } from '../ui/terminal.ts';
import { SIGN_OF_LIFE_MS } from './await-operator.ts';
import { EXIT } from './exit-codes.ts';
import { type Gathered, gather } from './gather.ts';
import { type Host, tell } from './host.ts';
import { hasTerminal } from './output.ts';
import { askOnScreen, open, type Run } from './rollout-run.ts';

/** What an operator would make of a resource. */
export type Planned =
  | { kind: 'new'; spec: RecordSpec; origin: RecordOrigin; warnings: string[] }
  | { kind: 'continue'; spec: RecordSpec; origin: RecordOrigin; startedBy: string }
  | { kind: 'nothing'; message: string };

/** More things to do first than there are kinds of them. */
const MOST_STEPS = 5;

/**
 * What the operator would do next with a resource, by the very function that it decides by.
 * @param apply does what comes first: what the resource states of its set but the template; answers with the set then
 * @throws RefusedError where it would refuse
 */
export async function planned(
  { connected, ref, host, now }: Pick<Run, 'connected' | 'ref' | 'host' | 'now'>,
  resource: Resource,
  gathered: Gathered,
  apply: (raw: JsonObject, manifest: JsonObject) => Promise<Json> = async (raw, { metadata, spec }) =>
    applyMergePatch(raw, { metadata: metadata ?? {}, spec: spec ?? {} }),
): Promise<Planned> {
  const { record } = gathered;
  let { raw } = gathered;
  for (let step = 0; step < MOST_STEPS; step++) {
    const set = observeSet(raw);
    const desire = desired({ resource, found: { raw, set, record }, elder: null, hash: hashOf });
    switch (desire.kind) {
      case 'apply': {
        const after = await apply(raw, desire.manifest);
        raw = isObject(after) ? after : raw;
        break;
      }
      case 'claim':
        raw = applyMergePatch(raw, { metadata: { annotations: { [RESOURCE_ANNOTATION]: desire.name } } });
        break;
      case 'begin': {
        const { template } = desire.target;
        const completed = template === undefined ? null : await completedTemplate(connected.api, ref, template);
        const from = { ...gathered, set, holder: null, user: host.user, now };
        const begun = beginDesired(resource, desire, from, completed);
        return begun.kind === 'new' ? begun : { kind: 'nothing', message: begun.resting.why };
      }
      case 'edit':
      case 'execute': {
        if (record?.origin == null) throw new RefusedError(`the record of ${ref.name} does not say what to go back to`);
        const spec = desire.kind === 'edit' ? desire.edit(record.spec) : record.spec;
        return { kind: 'continue', spec, origin: record.origin, startedBy: record.status?.startedBy ?? 'somebody' };
      }
      case 'rest':
        return { kind: 'nothing', message: desire.why };
      case 'nothing':
        if (!desire.done) throw new RefusedError(`${ref.name}: ${desire.why}`);
        return {
          kind: 'nothing',
          message: `nothing to do: ${desire.why}, at what ${resourceName(resource.name)} says`,
        };
      case 'create':
      case 'refused':
        throw new RefusedError(desire.kind === 'refused' ? desire.message : `statefulset ${ref.name} is gone`);
    }
  }
  throw new RefusedError(`${resourceName(resource.name)} states of ${ref.name} what the API server does not keep`);
}

/** The operator has not stirred: says so, and executes here with what it would have begun itself, if that is wanted. */
export async function takeOver(run: Run, { namespace, name }: Resource): Promise<number> {
  const { connected, ref, host, op } = run;
  const { api } = connected;
  if (!(await mayTakeOver(host, op.yes, name, run.output === 'tui' ? op.follow.screen : null))) {
    tell(host, [
      `${resourceName(name)} says what is wanted, and nobody executes it. Here, later: kubectl bedrock rollout sts/${ref.name} -n ${ref.namespace}`,
    ]);
    return EXIT.stopped;
  }
  const read = await getResource(api, { namespace, name });
  if (read?.kind !== 'resource') throw new RefusedError(`${resourceName(name)} was changed or deleted meanwhile`);
  const gathered = await gather(api, ref);
  const plan = await planned(run, read.resource, gathered, (_raw, manifest) => keepSet(api, ref, manifest));
  switch (plan.kind) {
    case 'nothing':
      tell(host, [`sts/${ref.name}: ${plan.message}`]);
      return EXIT.done;
    case 'new':
      return open(run, { execute: true, begin: { spec: plan.spec, origin: plan.origin } });
    case 'continue':
      await followDecider(api, ref);
      return open(run, { execute: true });
  }
}

/** Says that the operator is dead, and asks whether to execute here, unless --yes has answered. */
export async function mayTakeOver(
  host: Host,
  yes: boolean,
  resource: string,
  screen: ScreenFlags | null,
): Promise<boolean> {
  const dead = `The operator of ${resourceName(resource)} does not stir: for ${SIGN_OF_LIFE_MS / 1000}s it has neither looked at the change nor taken the Lease of the set.`;
  tell(host, [dead]);
  if (yes) {
    tell(host, ['Executing here. When the operator returns, it goes on with this very rollout.']);
    return true;
  }
  if (screen !== null) {
    const lines = [
      { label: 'then', text: 'executed here; when the operator returns, it goes on with this very rollout' },
    ];
    return askOnScreen(
      host,
      { title: `The operator of ${resourceName(resource)} does not stir`, lines, warnings: [dead] },
      screen,
    );
  }
  return hasTerminal(host) && host.confirm('Execute here?');
}
