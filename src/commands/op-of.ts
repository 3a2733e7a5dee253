import type { ConnectFlags } from '../cluster/connection.ts';
import type { Pace } from '../rollout/begin.ts';
import { parseImages } from '../rollout/change.ts';
import { durationMs } from '../rollout/duration.ts';
import { UsageError } from '../rollout/errors.ts';
import { isCountOrPercent } from '../rollout/percent.ts';
import { BELLS } from '../ui/attention.ts';
import { THEME_NAMES } from '../ui/palette.ts';
import { SCENARIO_NAMES } from './demo/scenarios.ts';
import { gateFlagsOf } from './gate-flags.ts';
import type { CommandName } from './grammar.ts';
import { installOp, uninstallOp } from './install-flags.ts';
import { notifyFlags } from './notify-flags.ts';
import type { ChangeFlags, EditOp, FollowFlags, Op, Output } from './op.ts';
import { operatorOp } from './operator-flags.ts';
import {
  countOf,
  durationOf,
  isSet,
  type Named,
  namedObject,
  percentOf,
  revisionOf,
  revisionsOf,
  textOf,
  type Values,
} from './values.ts';

/** What was named on the command line. @throws UsageError where that is no set */
export function namedBy(values: Values): Named | null {
  return namedObject(Array.isArray(values.resource) ? values.resource.map(String) : []);
}

/** @throws UsageError where flags do not go together, or a value is not what it should be */
export function opOf(command: CommandName, kube: ConnectFlags, values: Values): Op {
  const named = namedBy(values)?.name ?? null;
  const extra = values._.slice(1);
  if (extra.length > 0) throw new UsageError(`${command} takes no argument ${JSON.stringify(String(extra[0]))}`);
  switch (command) {
    case 'rollout':
    case 'plan':
      return rolloutOp(command, kube, named, values);
    case 'pause':
      if (isSet(values, 'all')) {
        if (named !== null) throw new UsageError('pause: either a name or --all');
        return { command: 'pause-all', kube, allNamespaces: isSet(values, 'all-namespaces') };
      }
      if (isSet(values, 'all-namespaces')) throw new UsageError('--all-namespaces goes with --all');
      return { command, kube, name: required(command, named) };
    case 'status': {
      const output = textOf(values, 'output');
      const watch = isSet(values, 'watch');
      if (watch && output !== null && output !== 'jsonl')
        throw new UsageError('status: -w goes with -o jsonl, not with json or yaml');
      return {
        command,
        kube,
        name: required(command, named),
        watch,
        output: output === 'json' || output === 'yaml' || output === 'jsonl' ? output : null,
      };
    }
    case 'speed': {
      const maxUnavailable = countOf(values, 'max-unavailable');
      if (maxUnavailable === null) throw new UsageError('speed: say --max-unavailable N');
      return { command, kube, name: required(command, named), maxUnavailable };
    }
    case 'resume':
      return { command, ...editOp(kube, required(command, named), values) };
    case 'promote':
      return { command, percent: percentOf(values, 'percent'), ...editOp(kube, required(command, named), values) };
    case 'rollback':
      return {
        command,
        toRevision: revisionOf(values, 'to-revision'),
        ...editOp(kube, required(command, named), values),
      };
    case 'history':
      return historyOp(kube, required(command, named), values);
    case 'hold':
    case 'unhold':
      return { command, kube, name: required(command, named), yes: isSet(values, 'yes') };
    case 'list': {
      const stale = durationOf(values, 'stale');
      return {
        command,
        kube,
        allNamespaces: isSet(values, 'all-namespaces'),
        staleMs: stale === null ? null : durationMs(stale),
      };
    }
    case 'demo':
      return demoOp(values);
    case 'completion':
      return { command, what: values.what as Extract<Op, { command: 'completion' }>['what'] };
    case 'notify':
      return { command, kube, name: required(command, named) };
    case 'operator':
      return operatorOp(kube, values);
    case 'install':
      return installOp(kube, values);
    case 'uninstall':
      return uninstallOp(kube, values);
    case 'version':
      return { command };
  }
}

function required(command: string, name: string | null): string {
  if (name === null) throw new UsageError(`${command}: name a StatefulSet, such as sts/web`);
  return name;
}

function historyOp(kube: ConnectFlags, name: string, values: Values): Op {
  const revision = revisionOf(values, 'revision');
  const diff = revisionsOf(values, 'diff');
  if (revision !== null && diff !== null) throw new UsageError('history: either --revision N or --diff A..B');
  return { command: 'history', kube, name, revision, diff };
}

function rolloutOp(command: 'rollout' | 'plan', kube: ConnectFlags, name: string | null, values: Values): Op {
  const change = changeFlags(values);
  if (name === null && change.kind !== 'file')
    throw new UsageError(`${command}: name a StatefulSet, such as sts/web, or a file with -f`);
  const dryRun = textOf(values, 'dry-run');
  return {
    command: 'rollout',
    kube,
    name,
    change,
    pace: paceOf(values),
    gates: gateFlagsOf(values),
    notify: notifyFlags(values),
    dryRun: dryRun === 'client' || dryRun === 'server' ? dryRun : command === 'plan' ? 'client' : null,
    yes: isSet(values, 'yes'),
    follow: followFlags(values),
  };
}

function changeFlags(values: Values): ChangeFlags {
  const images = Array.isArray(values.image) ? values.image.map(String) : [];
  const path = textOf(values, 'filename');
  const revision = revisionOf(values, 'to-revision');
  const restart = isSet(values, 'restart');
  const given = [
    ...(images.length > 0 ? ['--image'] : []),
    ...(path !== null ? ['-f'] : []),
    ...(restart ? ['--restart'] : []),
    ...(revision !== null ? ['--to-revision'] : []),
  ];
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} do not go together: one change at a time`);
  if (isSet(values, 'force-conflicts') && path === null) throw new UsageError('--force-conflicts goes with -f');
  if (isSet(values, 'again') && !restart) throw new UsageError('--again goes with --restart');
  if (images.length > 0) return { kind: 'image', images: parseImages(images) };
  if (path !== null) return { kind: 'file', path, force: isSet(values, 'force-conflicts') };
  if (restart) return { kind: 'restart', again: isSet(values, 'again') };
  if (revision !== null) return { kind: 'revision', revision };
  return { kind: 'pending' };
}

function paceOf(values: Values): Pace {
  const steps = stepsOf(values);
  const stepPause = textOf(values, 'step-pause') === 'manual' ? 'manual' : durationOf(values, 'step-pause');
  if (stepPause !== null && steps === null) throw new UsageError('--step-pause goes with --steps');
  const strategy = textOf(values, 'strategy');
  const disrupt = textOf(values, 'disrupt');
  const onFailure = textOf(values, 'on-failure');
  if (strategy === 'on-delete' && isSet(values, 'hold')) {
    throw new UsageError('--hold cannot be had with --strategy on-delete: OnDelete holds nothing');
  }
  const pace = {
    percent: percentOf(values, 'percent'),
    steps,
    stepPause,
    maxUnavailable: countOf(values, 'max-unavailable'),
    minPodEvictionInterval: durationOf(values, 'interval'),
    minReady: durationOf(values, 'min-ready'),
    disrupt: disrupt === 'evict' || disrupt === 'delete' ? disrupt : null,
    strategy: strategy === 'fence' || strategy === 'on-delete' ? strategy : null,
    hold: isSet(values, 'hold') ? true : null,
    progressDeadline: durationOf(values, 'progress-deadline'),
    failureThreshold: countOf(values, 'failure-threshold'),
    brokenFirst: values['broken-first'] === false ? false : null,
    failurePolicy: onFailure === 'pause' || onFailure === 'rollback' ? onFailure : null,
  };
  return Object.fromEntries(Object.entries(pace).filter(([, value]) => value !== null));
}

function stepsOf(values: Values): string[] | null {
  const text = textOf(values, 'steps');
  if (text === null) return null;
  const steps = text.split(',').map((step) => step.trim());
  const wrong = steps.find((step) => !isCountOrPercent(step));
  if (wrong !== undefined) {
    throw new UsageError(
      `--steps ${text}: ${JSON.stringify(wrong)} is neither a number of pods nor a percentage; write 1,25%,100%`,
    );
  }
  return steps;
}

function editOp(kube: ConnectFlags, name: string, values: Values): EditOp {
  const execute = values.execute !== false;
  return { kube, name, execute, yes: isSet(values, 'yes'), follow: followFlags(values) };
}

/** The simulator's own limit, and far above what a screen can show. */
const MOST_PODS = 5000;

function demoOp(values: Values): Op {
  const scenario = textOf(values, 'scenario') ?? 'smooth';
  const pods = values.pods === undefined ? null : Number(values.pods);
  if (pods !== null && !(Number.isInteger(pods) && pods >= 1 && pods <= MOST_PODS))
    throw new UsageError(`--pods: write a number from 1 to ${MOST_PODS}`);
  return {
    command: 'demo',
    scenario: SCENARIO_NAMES.find((name) => name === scenario) ?? 'smooth',
    pods,
    serve: isSet(values, 'serve'),
    kubernetes: textOf(values, 'kubernetes') === '1.34' ? '1.34' : '1.37',
    yes: isSet(values, 'yes'),
    output: outputOf(values),
  };
}

/** yargs has refused every other value. */
function oneOf<Name extends string>(names: readonly Name[], text: string | null): Name | null {
  return names.find((name) => name === text) ?? null;
}

function followFlags(values: Values): FollowFlags {
  return {
    output: outputOf(values),
    exitAtPause: isSet(values, 'exit-at-pause'),
    screen: { theme: oneOf(THEME_NAMES, textOf(values, 'theme')), bell: oneOf(BELLS, textOf(values, 'bell')) },
  };
}

function outputOf(values: Values): Output | null {
  const output = textOf(values, 'output');
  return output === 'tui' || output === 'line' || output === 'jsonl' ? output : null;
}
