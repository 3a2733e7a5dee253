import { styleText } from 'node:util';
import type { Revision } from '../cluster/reads.ts';
import { formatDuration } from '../rollout/duration.ts';
import { RefusedError } from '../rollout/errors.ts';
import { namePods } from '../rollout/look.ts';
import { templateImages } from '../rollout/template.ts';
import { clean } from '../ui/text.ts';
import { EXIT } from './exit-codes.ts';
import { type Gathered, gather } from './gather.ts';
import { type Host, print, tell } from './host.ts';
import type { Op } from './op.ts';
import { table } from './table.ts';
import { type DiffLine, templateDiff, templateYaml } from './template-diff.ts';
import { withConnection } from './with-connection.ts';

/** The revisions of a set, newest last as in kubectl rollout history, and which pods are on them; one; or two compared. */
export function history(op: Extract<Op, { command: 'history' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const gathered = await gather(api, { namespace, name: op.name });
    if (gathered.revisions.length === 0) {
      tell(host, [`sts/${op.name} has no revisions yet.`]);
      return EXIT.done;
    }
    if (op.diff !== null) print(host, compared(op.diff, op.name, gathered, host));
    else if (op.revision !== null) print(host, oneRevision(numbered(op.revision, op.name, gathered), gathered));
    else print(host, allRevisions(gathered, api.clock.now()));
    return EXIT.done;
  });
}

function allRevisions(gathered: Gathered, now: number): string[] {
  const { set, revisions } = gathered;
  const rows = [...revisions]
    .sort((a, b) => a.revision - b.revision)
    .map(({ name, revision, createdAt, template, changeCause }) => {
      const on = podsOn(name, gathered);
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
  return table(['REVISION', 'NAME', 'AGE', 'IMAGES', 'PODS', 'CONTROLLER', 'CHANGE-CAUSE'], rows);
}

function oneRevision(revision: Revision, gathered: Gathered): string[] {
  const on = podsOn(revision.name, gathered);
  return [
    `revision ${revision.revision}  ${clean(revision.name)}  pods: ${on.length === 0 ? 'none' : namePods(on)}`,
    ...(revision.changeCause === null ? [] : [`change-cause: ${clean(revision.changeCause)}`]),
    'template:',
    ...templateYaml(revision.template).map((line) => `  ${line}`),
  ];
}

function compared({ from, to }: { from: number; to: number | null }, name: string, gathered: Gathered, host: Host) {
  const before = numbered(from, name, gathered);
  const after = to === null ? updateRevision(name, gathered) : numbered(to, name, gathered);
  const title = ({ revision, name: revisionName }: Revision) => `revision ${revision}  ${revisionName}`;
  const lines = templateDiff(
    { title: title(before), template: before.template },
    { title: title(after), template: after.template },
  );
  if (lines.length === 0)
    return [`revision ${before.revision} and revision ${after.revision} of sts/${name} have the same template.`];
  return lines.map((line) => coloured(line, host));
}

const COLOURS = { from: 'bold', to: 'bold', place: 'cyan', added: 'green', removed: 'red', same: null } as const;

/** The signs say it already: colour is for terminals that want it (NO_COLOR, FORCE_COLOR, TERM=dumb). */
function coloured({ kind, text }: DiffLine, { stdout, env }: Host): string {
  const colour = COLOURS[kind];
  const plain = colour === null || stdout.isTTY !== true || env.TERM === 'dumb' || Boolean(env.NO_COLOR);
  return plain ? text : styleText(colour, text, { validateStream: false });
}

function numbered(wanted: number, name: string, { revisions }: Gathered): Revision {
  const found = revisions.find(({ revision }) => revision === wanted);
  if (found !== undefined) return found;
  const there = revisions.map(({ revision }) => revision).sort((a, b) => a - b);
  throw new RefusedError(`sts/${name} has no revision ${wanted}: it has ${there.join(', ')}`);
}

function updateRevision(name: string, { set, revisions }: Gathered): Revision {
  const found = revisions.find((revision) => revision.name === set.updateRevision);
  if (found === undefined)
    throw new RefusedError(`the update revision of sts/${name} is not there yet: name two, as --diff 3..4`);
  return found;
}

function podsOn(revision: string, { pods }: Gathered): string[] {
  return pods.filter((pod) => pod.revision === revision).map((pod) => pod.name);
}
