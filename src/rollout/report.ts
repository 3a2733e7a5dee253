import { imageChanges } from './image-changes.ts';
import type { Live } from './live.ts';
import { outlookOf } from './outlook.ts';
import { forecastWords } from './outlook-words.ts';
import { stepTargets, unavailableBudget } from './percent.ts';
import type { RecordOrigin, RecordSpec, RecordStatus, RolloutRecord } from './record.ts';
import { templateImages } from './template.ts';

/** How a rollout stands, for those who are told of it and see neither set nor pods. */
export interface Report {
  /** Milliseconds on the clock of the record's times. */
  at: number;
  namespace: string;
  name: string;
  /** The kubeconfig context. */
  cluster: string;
  rolloutIdentity: string;
  /** "app 1.8.2 -> 1.9.0", one for each image that differs; or what else is done. */
  change: string[];
  /** ControllerRevision names; `to` is null until the controller has reported it. */
  revisions: { from: string; to: string | null };
  phase: RecordStatus['phase'];
  reason: RecordStatus['reason'] | null;
  message: string | null;
  /** When this phase and reason began. */
  since: string;
  direction: 'forward' | 'back';
  counts: { replicas: number; updated: number; available: number; broken: number };
  percent: number;
  /** From 1. */
  step: number;
  steps: number;
  /** Pods at once. */
  speed: number;
  maxUnavailable: string;
  startedBy: string;
  /** null where nobody executes. */
  executor: string | null;
  elapsedMs: number;
  /** "about 1m20s"; null where it would be a guess. */
  eta: string | null;
  held: boolean;
}

/** @returns null where there is nothing to tell of yet */
export function reportOf(live: Live): Report | null {
  const { record, observation, place, holder, at } = live;
  if (record?.status == null || observation === null) return null;
  const { namespace, name, context } = place;
  const around = { at, namespace, name, cluster: context, replicas: observation.set.replicas };
  const report = reportOfRecord({ ...record, status: record.status }, around);
  return { ...report, executor: holder?.identity ?? null, eta: etaOf(live) };
}

/** What the record alone says. `cluster` counts only where the record does not say in which it was begun. */
export function reportOfRecord(
  { spec, status, origin }: RolloutRecord & { status: RecordStatus },
  {
    at,
    namespace,
    name,
    cluster,
    replicas,
  }: Pick<Report, 'at' | 'namespace' | 'name' | 'cluster'> & { replicas: number },
): Report {
  const counts = status.counts ?? { replicas, updated: 0, available: 0, broken: 0 };
  const steps = stepTargets(spec, replicas);
  const end = status.endedAt === undefined ? at : Date.parse(status.endedAt);
  return {
    at,
    namespace,
    name,
    cluster: status.notifications?.cluster ?? cluster,
    rolloutIdentity: spec.rolloutIdentity,
    change: changeWords(spec, origin),
    revisions: { from: status.originRevision, to: status.forwardRevision },
    phase: status.phase,
    reason: status.reason ?? null,
    message: status.message ?? null,
    since: status.since,
    direction: status.direction,
    counts: {
      replicas: counts.replicas,
      updated: counts.updated,
      available: counts.available,
      broken: counts.broken,
    },
    percent: spec.percent,
    step: Math.min(Math.max(status.step, spec.promotedStep), steps.length - 1) + 1,
    steps: steps.length,
    speed: unavailableBudget(spec.maxUnavailable, replicas),
    maxUnavailable: spec.maxUnavailable,
    startedBy: status.startedBy,
    executor: null,
    elapsedMs: Math.max(0, end - Date.parse(status.startedAt)),
    eta: null,
    held: status.held,
  };
}

/** To the end of the rollout; where a step waits for a person, to the end of that. */
function etaOf(live: Live): string | null {
  const outlook = outlookOf(live);
  if (outlook === null) return null;
  const { whole, step } = outlook;
  return whole === null ? `${forecastWords(step)} to this step's end` : `${forecastWords(whole)} left`;
}

/** From which version to which: "app 1.8.2 -> 1.9.0"; where no image differs, what was asked for. */
export function changeWords(spec: RecordSpec, origin: RecordOrigin | null): string[] {
  if (spec.target.template === undefined || origin === null) return [spec.target.summary];
  const changes = imageChanges(templateImages(origin.template), templateImages(spec.target.template));
  return changes.length === 0 ? [spec.target.summary] : changes.map(({ words }) => words);
}
