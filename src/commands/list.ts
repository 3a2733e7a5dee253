import { formatDuration } from '../rollout/duration.ts';
import { resourceName } from '../rollout/resource.ts';
import { templateImages } from '../rollout/template.ts';
import { clean } from '../ui/text.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, print, tell } from './host.ts';
import type { Op } from './op.ts';
import { listOurs, type OurSet } from './ours.ts';
import { isStale } from './stale.ts';
import { table } from './table.ts';
import { withConnection } from './with-connection.ts';

/** Every set that is not as its owner left it: held, paused, leaking or half-rolled. */
export function list(op: Extract<Op, { command: 'list' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, namespace }) => {
    const now = api.clock.now();
    const shown = (await listOurs(api, op.allNamespaces ? null : namespace)).filter(isNoteworthy);
    if (shown.length === 0) {
      tell(host, [
        op.allNamespaces ? 'No set is held or half-rolled.' : `No set in ${namespace} is held or half-rolled.`,
      ]);
      return EXIT.done;
    }
    const head = ['NAMESPACE', 'NAME', 'PHASE', 'UPDATED', 'PERCENT', 'SINCE', 'BY', 'NOTES'];
    print(
      host,
      table(
        head,
        shown.map((each) => row(each, now).map(clean)),
      ),
    );
    const { staleMs } = op;
    if (staleMs === null) return EXIT.done;
    const stale = shown.filter(({ record }) => now - Date.parse(record?.status?.since ?? '') > staleMs);
    if (stale.length === 0) return EXIT.done;
    const names = stale.map(({ ref }) => `${ref.namespace}/${ref.name}`).join(', ');
    tell(host, [`for more than ${formatDuration(staleMs)}: ${names}`]);
    return EXIT.stopped;
  });
}

function isNoteworthy({ record, problem }: OurSet): boolean {
  if (record === null) return problem !== null;
  const { status } = record;
  if (status === null) return true;
  const over = status.phase === 'Complete' || status.phase === 'RolledBack';
  return !over || status.held || status.leaks.length > 0;
}

function row({ ref, set, record, problem }: OurSet, now: number): string[] {
  const decided = set.decidedBy === undefined ? [] : [`decided by ${resourceName(set.decidedBy)}`];
  if (record === null)
    return [ref.namespace, ref.name, '?', '?', '?', '?', '?', [problem ?? '', ...decided].join(', ')];
  const { spec, status } = record;
  if (status === null) {
    const notes = ['nobody executes it', ...decided].join(', ');
    return [ref.namespace, ref.name, 'Pending', '0', `${spec.percent}%`, '?', '?', notes];
  }
  const phase = status.reason === undefined ? status.phase : `${status.phase} (${status.reason})`;
  const leaks = new Set(status.leaks.map((leak) => leak.pod)).size;
  const notes = [
    ...(status.held || status.fence !== null ? ['held'] : []),
    ...(isStale(status, set) ? ['its template was changed since'] : []),
    ...(leaks > 0 ? [`${leaks} leaked`] : []),
    ...(status.direction === 'back' ? ['going back'] : [aim(record)]),
    ...decided,
  ];
  return [
    ref.namespace,
    ref.name,
    phase,
    `${status.counts?.updated ?? 0}/${set.replicas}`,
    `${spec.percent}%`,
    formatDuration(now - Date.parse(status.since)),
    spec.pauseRequested && spec.pausedBy !== undefined ? spec.pausedBy : status.startedBy,
    notes.join(', '),
  ];
}

function aim({ spec }: NonNullable<OurSet['record']>): string {
  if (spec.target.kind !== 'file' || spec.target.template === undefined) return spec.target.summary;
  return templateImages(spec.target.template)
    .map(({ container, image }) => `${container}=${image}`)
    .join(', ');
}
