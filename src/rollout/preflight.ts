import { maxUnavailableOf } from './begin.ts';
import { durationMs, formatDuration } from './duration.ts';
import { gateLines } from './gate-plan.ts';
import { historyOf } from './history.ts';
import { isObject, type Json, sameJson } from './json.ts';
import { countPods, namePods } from './look.ts';
import type { PodObservation, SetObservation } from './observation.ts';
import { ownersOf } from './owners.ts';
import { failureThreshold, stepTargets, unavailableBudget } from './percent.ts';
import { limitWords, predict, predictionWords } from './prediction.ts';
import type { RecordOrigin, RecordSpec, RecordStatus } from './record.ts';
import { clockNotes, serverNotes } from './server-notes.ts';
import { differences, RESTARTED_AT, templateImages } from './template.ts';

/** What is known before a rollout begins. */
export interface PreflightFacts {
  set: SetObservation;
  /** The set as read: labels, annotations, managedFields and owners are looked at. */
  raw: Json;
  pods: readonly PodObservation[];
  spec: RecordSpec;
  origin: RecordOrigin;
  budgets: readonly BudgetFacts[];
  autoscalers: readonly AutoscalerFacts[];
  /** "v1.34.4"; null where the server did not say. */
  serverVersion: string | null;
  /** How far this machine's clock is ahead of the API server's, milliseconds. */
  skewMs: number;
  /** Things we would have liked to know or do, and may not: "list poddisruptionbudgets". */
  missing: readonly string[];
  /** The file states updateStrategy.rollingUpdate.partition. */
  manifestPartition: number | null;
  /** How long pods took to stop and start in the last rollout, by its record. */
  measured: RecordStatus['measured'];
  /** Who began the rollout that is gone on with; null for a new one. */
  begunBy: string | null;
}

/** A PodDisruptionBudget that matches the set's pods. */
export interface BudgetFacts {
  name: string;
  disruptionsAllowed: number;
  /** "1", "10%"; null where it is not the field in use. */
  maxUnavailable: string | null;
  minAvailable: string | null;
}

/** A HorizontalPodAutoscaler that scales the set. */
export interface AutoscalerFacts {
  name: string;
  minReplicas: number;
  maxReplicas: number;
}

export interface PlanLine {
  label: string;
  text: string;
}

export interface Preflight {
  lines: PlanLine[];
  warnings: string[];
}

/** What will happen, in words, before anything does. */
export function preflight(facts: PreflightFacts): Preflight {
  return {
    lines: [
      ...continueLines(facts),
      ...changeLines(facts),
      ...orderLines(facts),
      ...gateLines(facts.spec),
      ...guardLines(facts),
    ],
    warnings: [...podWarnings(facts), ...budgetWarnings(facts), ...writerWarnings(facts), ...clusterWarnings(facts)],
  };
}

function continueLines({ begunBy, spec }: PreflightFacts): PlanLine[] {
  return begunBy === null ? [] : [{ label: 'goes on', text: `with what ${begunBy} began: ${spec.target.summary}` }];
}

const FIELDS_SHOWN = 6;

function changeLines({ set, spec, origin }: PreflightFacts): PlanLine[] {
  const before = origin.template;
  const after = spec.target.template ?? set.template;
  const oldImages = new Map(templateImages(before).map(({ container, image }) => [container, image]));
  const images = templateImages(after)
    .filter(({ container, image }) => oldImages.get(container) !== image)
    .map(({ container, image }) => ({ label: container, text: `${oldImages.get(container) ?? '(new)'} -> ${image}` }));
  const fields = differences(before, after).filter(({ path }) => !/\[[^\]]+\]\.image$/.test(path));
  const restart = fields.some(({ path }) => path.endsWith(`[${RESTARTED_AT}]`));
  const others = fields.filter(({ path }) => !path.endsWith(`[${RESTARTED_AT}]`));
  const lines = [
    ...images,
    ...others.slice(0, FIELDS_SHOWN).map(({ path, before, after }) => ({
      label: 'field',
      text: `${path}: ${short(before)} -> ${short(after)}`,
    })),
  ];
  if (others.length > FIELDS_SHOWN) lines.push({ label: 'field', text: `and ${others.length - FIELDS_SHOWN} more` });
  if (restart && lines.length === 0) lines.push({ label: 'restart', text: 'the same version, every pod anew' });
  return lines.length > 0 ? lines : [{ label: 'change', text: `none in the template: ${spec.target.summary}` }];
}

function short(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function orderLines(facts: PreflightFacts): PlanLine[] {
  const { set, spec, pods } = facts;
  const { replicas } = set;
  if (replicas === 0) return [{ label: 'order', text: 'the set has 0 pods: only the template is written' }];
  const budget = unavailableBudget(spec.maxUnavailable, replicas);
  const targets = stepTargets(spec, replicas);
  const last = targets.at(-1) ?? 0;
  const percent = spec.percent < 100 ? `${spec.percent}% of ${replicas} -> ` : '';
  const unavailable = spec.maxUnavailable.endsWith('%') ? ` (${spec.maxUnavailable} of ${replicas})` : '';
  const there = alreadyThere(set, spec, pods).length;
  const already = there === 0 ? '' : ` (${there} there already)`;
  const prediction = predict({ ...facts, there });
  const lines = [{ label: 'order', text: `${percent}${span(set, last)}${already}; ${budget} at once${unavailable}` }];
  if (targets.length > 1) {
    const pause = spec.stepPause === 'manual' ? 'until you say so' : spec.stepPause;
    const steps = targets.map((pods, index) => (index === 0 ? countPods(pods) : String(pods)));
    lines.push({ label: 'steps', text: `${steps.join(', then ')}; between them a pause ${pause}` });
  }
  if (last < replicas)
    lines.push({ label: 'then', text: `held: ${countPods(replicas - last)} stay at the old version` });
  const soak = Math.max(durationMs(spec.minReady), set.minReadyMs);
  const interval = durationMs(spec.minPodEvictionInterval);
  const pace = [
    `a pod counts after ${formatDuration(soak)} of Ready`,
    ...(interval > 0 ? [`at least ${formatDuration(interval)} between two`] : []),
    `stops after ${formatDuration(durationMs(spec.progressDeadline))} without progress`,
  ];
  lines.push({ label: 'pace', text: pace.join(', ') });
  if (prediction !== null) {
    lines.push({ label: 'time', text: predictionWords(prediction) });
    lines.push({ label: 'limit', text: limitWords(prediction) });
  } else if (there < replicas && historyOf(pods, facts.measured).startMs.length === 0) {
    lines.push({
      label: 'time',
      text: 'not known before the first pods are back: none tells how long it takes to start',
    });
  }
  const threshold = failureThreshold(spec.failureThreshold, replicas);
  if (spec.failurePolicy === 'rollback') {
    const pods = threshold === 1 ? 'a failed pod turns' : `${threshold} failed pods turn`;
    lines.push({ label: 'failure', text: `${pods} it back by itself` });
  } else if (threshold > 1) {
    lines.push({ label: 'failure', text: `stops at ${countPods(threshold)} failed; until then they use the budget` });
  }
  const broken = pods.filter((pod) => !pod.ready && pod.trouble !== null).map((pod) => pod.name);
  if (broken.length > 0)
    lines.push({ label: 'first', text: `${namePods(broken)}: not serving, so costs no availability` });
  if (set.policy === 'OrderedReady') {
    lines.push({ label: 'note', text: 'OrderedReady: stopping is one at a time, starting overlaps' });
  }
  return lines;
}

/**
 * Pods that run the target already, from the top down without a gap: the fence begins below them, so they are as safe
 * as those that are still old (design, section 3).
 */
function alreadyThere(set: SetObservation, spec: RecordSpec, pods: readonly PodObservation[]): string[] {
  const { template } = spec.target;
  if (template !== undefined && !sameJson(template, set.template)) return [];
  const byOrdinal = new Map(pods.map((pod) => [pod.ordinal, pod]));
  const names: string[] = [];
  for (let ordinal = set.start + set.replicas - 1; ordinal >= set.start; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || pod.deleting || pod.revision !== set.updateRevision) break;
    names.push(pod.name);
  }
  return names;
}

/** "3 pods: web-11 down to web-9" */
function span(set: SetObservation, pods: number): string {
  const top = set.start + set.replicas - 1;
  if (pods <= 0) return 'no pod';
  if (pods === 1) return `1 pod: ${set.name}-${top}`;
  return `${countPods(pods)}: ${set.name}-${top} down to ${set.name}-${top - pods + 1}`;
}

function guardLines({ set, spec, origin, budgets }: PreflightFacts): PlanLine[] {
  const lines: PlanLine[] = [];
  if (spec.strategy === 'fence' && set.replicas > 0) {
    lines.push({
      label: 'guard',
      text: `a pod whose turn has not come stays at ${version(origin.template)}, whatever kills it`,
    });
  }
  for (const budget of budgets) {
    lines.push({ label: 'guard', text: `pdb/${budget.name} allows ${budget.disruptionsAllowed} now` });
  }
  lines.push({ label: 'end', text: endText(spec, origin) });
  return lines;
}

function version(template: Json): string {
  const images = templateImages(template);
  return images.length === 1 ? (images[0]?.image ?? 'the old version') : 'the old version';
}

function endText(spec: RecordSpec, origin: RecordOrigin): string {
  if (spec.hold) return 'the set is left held: no apply or sync moves a pod until the next rollout, or unhold';
  if (spec.percent < 100) return 'the set is left held until it is promoted or rolled back';
  const strategy = isObject(origin.updateStrategy)
    ? String(origin.updateStrategy.type ?? 'RollingUpdate')
    : 'RollingUpdate';
  const most = maxUnavailableOf(origin.updateStrategy);
  return `its own update strategy is put back: ${strategy}${most === null ? '' : `, maxUnavailable ${most}`}`;
}

function podWarnings({ set, pods, spec }: PreflightFacts): string[] {
  const warnings: string[] = [];
  const inRange = pods.filter((pod) => pod.ordinal >= set.start && pod.ordinal < set.start + set.replicas);
  const down = inRange.filter((pod) => !pod.ready || pod.deleting).map((pod) => pod.name);
  const absent = set.replicas - inRange.length;
  if (down.length > 0)
    warnings.push(
      `not Ready before the start: ${namePods(down)}; they use the budget until they are, so it may move slowly or not at all: mend them first, or raise --max-unavailable`,
    );
  if (absent > 0)
    warnings.push(
      `${countPods(absent)} of ${set.replicas} missing before the start; they use the budget: kubectl describe sts/${set.name} -n ${set.namespace} says why they are not created`,
    );
  const revisions = new Map<string, string[]>();
  for (const pod of inRange) revisions.set(pod.revision, [...(revisions.get(pod.revision) ?? []), pod.name]);
  if (revisions.size > 1) warnings.push(...mixedWarnings(set, revisions, alreadyThere(set, spec, pods)));
  const [only] = revisions.keys();
  if (spec.strategy === 'fence' && set.strategy.type === 'OnDelete' && set.currentRevision !== set.updateRevision) {
    if (revisions.size === 1 && only === set.updateRevision && down.length === 0 && absent === 0) {
      warnings.push(
        `the controller calls ${set.currentRevision} current, though every pod runs ${set.updateRevision}: the set is settled first (strategy RollingUpdate, no pod restarts)`,
      );
    } else {
      warnings.push(
        `the controller calls ${set.currentRevision} current: until its turn a pod that dies comes back at that revision, since an OnDelete set can be settled only when every pod is Ready at one revision`,
      );
    }
  }
  if (spec.strategy === 'on-delete') {
    warnings.push(
      '--strategy on-delete holds nothing: an old pod that dies comes back at the NEW version, also while paused (version leak)',
    );
  }
  return warnings;
}

/** Only currentRevision and updateRevision can be created: a pod at a third one comes back as one of those (design, F3). */
function mixedWarnings(
  set: SetObservation,
  revisions: ReadonlyMap<string, string[]>,
  safe: readonly string[],
): string[] {
  const parts = [...revisions].map(([revision, names]) => `${revision} (${namePods(names)})`);
  const lost = [...revisions]
    .filter(([revision]) => revision !== set.currentRevision)
    .flatMap(([, names]) => names)
    .filter((name) => !safe.includes(name));
  const warnings = [`the pods run ${revisions.size} revisions: ${parts.join(', ')}`];
  if (lost.length > 0) {
    warnings.push(
      `cannot be protected: ${namePods(lost)} would come back at ${set.currentRevision} on dying before its turn`,
    );
  }
  return warnings;
}

function budgetWarnings({ set, budgets, spec }: PreflightFacts): string[] {
  const warnings: string[] = [];
  const names = budgets.map((budget) => `pdb/${budget.name}`);
  if (spec.disrupt === 'delete') {
    if (names.length > 0) warnings.push(`--disrupt delete goes past ${names.join(' and ')}`);
    return warnings;
  }
  // the eviction API answers 500 where more than one budget matches, for good (design, F11)
  if (budgets.length > 1)
    warnings.push(`${names.join(' and ')} match the same pods: no pod can be evicted until one of them is gone`);
  const asked = Math.min(unavailableBudget(spec.maxUnavailable, set.replicas), set.replicas);
  for (const budget of budgets) {
    if (neverAllows(budget, set.replicas)) {
      warnings.push(
        `pdb/${budget.name} can never allow a disruption (${describeBudget(budget)} of ${set.replicas}): nothing will move until it is changed, or --disrupt delete is used`,
      );
    } else if (budget.disruptionsAllowed === 0) {
      warnings.push(`pdb/${budget.name} allows none now: the rollout waits until it does`);
    } else if (budget.disruptionsAllowed < asked) {
      warnings.push(
        `pdb/${budget.name} allows ${budget.disruptionsAllowed} now, and ${asked} at once are asked for: it goes at the pace of the budget`,
      );
    }
  }
  return warnings;
}

/** Whether a budget allows no disruption even when every pod is healthy. Kubernetes rounds both percentages up. */
function neverAllows(budget: BudgetFacts, replicas: number): boolean {
  const count = (value: string) =>
    value.endsWith('%') ? Math.ceil((Number.parseFloat(value) * replicas) / 100) : Number(value);
  if (budget.maxUnavailable !== null) return count(budget.maxUnavailable) === 0;
  if (budget.minAvailable !== null) return count(budget.minAvailable) >= replicas;
  return false;
}

function describeBudget(budget: BudgetFacts): string {
  return budget.maxUnavailable !== null
    ? `maxUnavailable ${budget.maxUnavailable}`
    : `minAvailable ${budget.minAvailable}`;
}

function writerWarnings({ raw, manifestPartition, spec }: PreflightFacts): string[] {
  const warnings = ownersOf(raw).map(({ who, advice }) => `${who}: ${advice}`);
  if (manifestPartition !== null) {
    warnings.push(
      `${spec.target.summary} states partition ${manifestPartition}: whoever applies it later moves the fence to there`,
    );
  }
  return warnings;
}

function clusterWarnings({ autoscalers, serverVersion, skewMs, missing }: PreflightFacts): string[] {
  return [
    ...autoscalers.map(
      ({ name, minReplicas, maxReplicas }) =>
        `hpa/${name} may scale the set meanwhile (${minReplicas} to ${maxReplicas}): that is waited out, and its new pods may come up new out of turn; set its minReplicas to maxReplicas to keep it still`,
    ),
    ...serverNotes(serverVersion),
    ...clockNotes(skewMs),
    ...missing.map((what) => `not permitted: ${what}; the rollout goes without`),
  ];
}
