import type { Api } from '../cluster/api.ts';
import type { Connected } from '../cluster/connection.ts';
import { getDecider } from '../cluster/decided.ts';
import { observeSet } from '../cluster/observe.ts';
import { getSet } from '../cluster/reads.ts';
import { editSpec } from '../cluster/record-store.ts';
import { needsExec } from '../rollout/gate-plan.ts';
import { applyIntent, changedFields, type Edit } from '../rollout/intent.ts';
import type { Json } from '../rollout/json.ts';
import type { Intent } from '../rollout/live.ts';
import type { SetObservation } from '../rollout/observation.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import { EXIT } from './exit-codes.ts';
import { liveHolder } from './gather.ts';
import { type Host, tell } from './host.ts';
import type { EditOp } from './op.ts';
import { chooseOutput } from './output.ts';
import { checkHookPermissions } from './permissions.ts';
import { recordOf } from './record-of.ts';
import { endOn, runSession } from './run-session.ts';
import { withConnection } from './with-connection.ts';

/** What an edit is made from. `now`: milliseconds, on the server's calendar. */
export interface EditFacts {
  record: RolloutRecord;
  set: SetObservation;
  now: number;
  api: Api;
}

/** What a subcommand makes of the record; `spec` of the answer is what is to be written. */
export type Editing = (facts: EditFacts) => Edit | Promise<Edit>;

interface Edited {
  edit: Edit;
  /** As it was before. */
  record: RolloutRecord;
  /** The set as it was read. */
  raw: Json;
}

/**
 * Edits record.spec of one set, where there is something to edit.
 * @throws RefusedError where the set has no record
 */
export async function editRecord(
  api: Api,
  ref: { namespace: string; name: string },
  editing: Editing,
): Promise<Edited> {
  const raw = await getSet(api, ref);
  const record = recordOf(raw, ref);
  const now = api.clock.now();
  const edit = await editing({ record, set: observeSet(raw, now), now, api });
  if (!edit.unchanged) await editSpec(api, ref, (spec) => changedFields(record.spec, edit.spec, spec));
  return { edit, record, raw };
}

export function byIntent(intent: Intent, user: string): Editing {
  return ({ record, set, now }) => applyIntent(record, intent, user, now, set.replicas);
}

/** pause and speed: an edit, and nothing else. */
export function justEdit(op: Pick<EditOp, 'kube' | 'name'>, host: Host, editing: Editing): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const { edit } = await editRecord(api, { namespace, name: op.name }, editing);
    tell(host, [`sts/${op.name}: ${edit.message}`]);
    return EXIT.done;
  });
}

/** resume, promote and rollback: an edit, and where nobody executes, the execution too. */
export function editAndExecute(op: EditOp, host: Host, editing: Editing): Promise<number> {
  const output = chooseOutput(host, op.follow.output);
  return withConnection(host, op.kube, async (connected) => {
    const ref = { namespace: connected.namespace, name: op.name };
    const { edit, record, raw } = await editRecord(connected.api, ref, async (facts) => {
      const edit = await editing(facts);
      const executes = op.execute && needsExec(edit.spec) && (await liveHolder(connected.api, ref)) === null;
      if (executes) await checkHookPermissions(connected.api, ref, edit.spec);
      return edit;
    });
    tell(host, [`sts/${op.name}: ${edit.message}`]);
    if (!op.execute || (edit.unchanged && !isHalfWay(record))) return EXIT.done;
    const holder = await liveHolder(connected.api, ref);
    if (holder !== null) {
      tell(host, [`${holder} executes it. Follow: ${followCommand(connected, op.name)}`]);
      return EXIT.done;
    }
    const who = await whoExecutes(op, host, connected, raw, !edit.unchanged);
    if (who !== 'here') return who === 'operator' ? EXIT.done : EXIT.stopped;
    const back = edit.spec.rollback !== undefined || record.status?.direction === 'back';
    const session = await host.openSession({
      connected,
      ref,
      user: host.user,
      execute: true,
      adopt: output !== 'tui',
      endOn: endOn(output),
    });
    return runSession(host, session, {
      output,
      wanted: back ? 'back' : 'forward',
      exitAtPause: op.follow.exitAtPause,
      screen: op.follow.screen,
    });
  });
}

/** Of a set that a resource decides about, what its operator executes is not ours, unless it is dead. */
async function whoExecutes(
  op: EditOp,
  host: Host,
  connected: Connected,
  raw: Json,
  edited: boolean,
): Promise<'here' | 'operator' | 'nobody'> {
  const { api, namespace } = connected;
  const ref = { namespace, name: op.name };
  const decider = await getDecider(api, raw);
  if (decider === null) return 'here';
  const { operatorGoesOn } = await import('./await-operator.ts');
  if (await operatorGoesOn(api, ref, decider, edited)) {
    tell(host, [`Its operator executes it. Follow: ${followCommand(connected, op.name)}`]);
    return 'operator';
  }
  const { mayTakeOver } = await import('./take-over.ts');
  const { name } = decider.kind === 'broken' ? decider : decider.resource;
  return (await mayTakeOver(
    host,
    op.yes,
    name,
    chooseOutput(host, op.follow.output) === 'tui' ? op.follow.screen : null,
  ))
    ? 'here'
    : 'nobody';
}

/** Nothing was to be edited, but the rollout may have lost its executor on the way. */
function isHalfWay({ status }: RolloutRecord): boolean {
  return status === null || (status.phase !== 'Complete' && status.phase !== 'RolledBack');
}

function followCommand({ namespace }: Connected, name: string): string {
  return `kubectl bedrock status sts/${name} -n ${namespace} -w`;
}
