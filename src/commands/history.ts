import { formatDuration } from '../rollout/duration.ts';
import { namePods } from '../rollout/look.ts';
import { templateImages } from '../rollout/template.ts';
import { clean } from '../ui/text.ts';
import { EXIT } from './exit-codes.ts';
import { gather } from './gather.ts';
import { type Host, print, tell } from './host.ts';
import type { Op } from './op.ts';
import { table } from './table.ts';
import { withConnection } from './with-connection.ts';

/** The revisions of a set, newest last as in kubectl rollout history, and which pods are on them. */
export function history(op: Extract<Op, { command: 'history' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const { set, pods, revisions } = await gather(api, { namespace, name: op.name });
    if (revisions.length === 0) {
      tell(host, [`sts/${op.name} has no revisions yet.`]);
      return EXIT.done;
    }
    const now = api.clock.now();
    const rows = [...revisions]
      .sort((a, b) => a.revision - b.revision)
      .map(({ name, revision, createdAt, template, changeCause }) => {
        const on = pods.filter((pod) => pod.revision === name).map((pod) => pod.name);
        const marks = [
          ...(name === set.updateRevision ? ['update'] : []),
          ...(name === set.currentRevision ? ['current'] : []),
        ];
        return [
          String(revision),
          name,
          createdAt === null ? '' : formatDuration(now - createdAt),
          templateImages(template)
            .map(({ container, image }) => `${container}=${image}`)
            .join(','),
          on.length > 3 ? `${on.length}` : on.length === 0 ? '0' : `${on.length} (${namePods(on)})`,
          marks.join(','),
          changeCause ?? '',
        ].map(clean);
      });
    print(host, table(['REVISION', 'NAME', 'AGE', 'IMAGES', 'PODS', 'CONTROLLER', 'CHANGE-CAUSE'], rows));
    return EXIT.done;
  });
}
