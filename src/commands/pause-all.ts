import { editSpec } from '../cluster/record-store.ts';
import { applyIntent } from '../rollout/intent.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, tell } from './host.ts';
import type { Op } from './op.ts';
import { listOurs } from './ours.ts';
import { withConnection } from './with-connection.ts';

/** Every rollout on its way is paused; one that cannot be does not keep the others from it. */
export function pauseAll(op: Extract<Op, { command: 'pause-all' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const ours = await listOurs(api, op.allNamespaces ? null : namespace);
    const now = api.clock.now();
    let failed = 0;
    let paused = 0;
    for (const { ref, record, set, problem } of ours) {
      const where = `sts/${ref.name} in ${ref.namespace}`;
      if (record === null) {
        failed += 1;
        tell(host, [`${where}: not paused: ${problem}`]);
        continue;
      }
      if (record.status?.phase === 'Complete' || record.status?.phase === 'RolledBack') continue;
      const edit = applyIntent(record, { kind: 'pause' }, host.user, now, set.replicas);
      try {
        if (!edit.unchanged) {
          const { pauseRequested, pausedBy } = edit.spec;
          await editSpec(api, ref, (spec) => ({ ...spec, pauseRequested, pausedBy }));
        }
        paused += 1;
        tell(host, [`${where}: ${edit.message}`]);
      } catch (error) {
        failed += 1;
        tell(host, [`${where}: not paused: ${error instanceof Error ? error.message : String(error)}`]);
      }
    }
    if (paused + failed === 0) tell(host, ['No rollout is on its way.']);
    return failed > 0 ? EXIT.failed : EXIT.done;
  });
}
