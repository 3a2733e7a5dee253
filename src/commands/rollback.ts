import type { Api } from '../cluster/api.ts';
import { listRevisions } from '../cluster/reads.ts';
import { revisionNumbered } from '../rollout/change.ts';
import { RefusedError } from '../rollout/errors.ts';
import { applyIntent, type Edit } from '../rollout/intent.ts';
import type { SetObservation } from '../rollout/observation.ts';
import type { RolloutRecord } from '../rollout/record.ts';
import { editAndExecute } from './edit.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';
import { isStale } from './stale.ts';

/** Back to the version from before, or to a revision by its number. A second rollback changes nothing (case D22). */
export function rollback(op: Extract<Op, { command: 'rollback' }>, host: Host): Promise<number> {
  const { toRevision } = op;
  return editAndExecute(op, host, async ({ record, set, now, api }) => {
    refuseStale(record, set);
    const edit = applyIntent(record, { kind: 'rollback' }, host.user, now, set.replicas);
    return edit.unchanged || toRevision === null ? edit : toNumber(api, set, edit, toRevision);
  });
}

async function toNumber(api: Api, set: SetObservation, edit: Edit, number: number): Promise<Edit> {
  const revisions = await listRevisions(api, { namespace: set.namespace, name: set.name }, set.uid);
  const { template } = revisionNumbered(number, set.name, revisions);
  const { rollback } = edit.spec;
  if (rollback === undefined) return edit;
  const summary = `revision ${number}`;
  return {
    ...edit,
    spec: { ...edit.spec, rollback: { ...rollback, template, summary } },
    message: `rollback to ${summary} asked for`,
  };
}

/** The origin of a rollout that is over says nothing of what others have rolled out since. */
function refuseStale({ status }: RolloutRecord, set: SetObservation): void {
  if (status === null || !isStale(status, set)) return;
  throw new RefusedError(
    `${set.foreignWriter?.manager ?? 'somebody else'} has changed ${set.name} since the last rollout of this tool, so what was before that is not what is before now. ` +
      `Choose a revision: kubectl bedrock history sts/${set.name} -n ${set.namespace}, then rollout --to-revision N`,
  );
}
