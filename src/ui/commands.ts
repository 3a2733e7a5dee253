import { isObject, type Json } from '../rollout/json.ts';
import { outOfTurn } from '../rollout/ledger.ts';
import type { Live } from '../rollout/live.ts';
import { countPods, type Look, lookAt } from '../rollout/look.ts';
import type { RecordStatus } from '../rollout/record.ts';
import { clean, shellQuote } from './text.ts';

export interface Command {
  /** What it is for: "go on", "back". */
  what: string;
  command: string;
}

export interface NextCommands {
  /** With this tool. */
  ours: Command[];
  /** With kubectl alone: for whom this tool is not at hand. */
  plain: Command[];
}

/** What to type next, ready to be pasted: in the same context and namespace, wherever the shell is by then. */
export function nextCommands(live: Live): NextCommands {
  const status = live.record?.status ?? null;
  if (live.record === null || live.observation === null || status?.reason === 'SetGone') return { ours: [], plain: [] };
  return { ours: ours(live), plain: isDecided(live) ? lostNodes(live) : plain(live) };
}

/** Then what kubectl writes to the set itself would be put back, or taken for somebody else's change. */
function isDecided({ observation }: Live): boolean {
  return observation?.set.decidedBy !== undefined;
}

function ours(live: Live): Command[] {
  const status = live.record?.status ?? null;
  const own = (verb: string, ...more: string[]) =>
    line('kubectl', 'bedrock', verb, `sts/${live.place.name}`, ...scope(live), ...more);
  if (status === null) return [{ what: 'go on', command: own('resume') }];
  const back = { what: 'back', command: own('rollback') };
  switch (status.phase) {
    case 'Complete':
    case 'RolledBack':
      return status.held && !isDecided(live) ? [{ what: 'let go', command: own('unhold') }] : [];
    case 'Paused':
      if (status.direction === 'back') return [{ what: 'go on', command: own('resume') }];
      if (status.reason === 'PercentReached')
        return [{ what: 'go on', command: own('promote', '--percent', '100') }, back];
      return [{ what: 'go on', command: own(status.reason === 'StepReached' ? 'promote' : 'resume') }, back];
    case 'RollingBack':
      return [{ what: 'go on', command: own('resume') }];
    default:
      return [{ what: 'go on', command: own('resume') }, back];
  }
}

function plain(live: Live): Command[] {
  const { record, observation } = live;
  const status = record?.status ?? null;
  if (record === null || observation === null || status === null || status.fence === null) return [];
  const over = status.phase === 'Complete' || status.phase === 'RolledBack';
  if (over && !status.held) return [];
  const { set } = observation;
  const look = lookAt(observation, { ...record, status }, live.at);
  const kubectl = (...words: string[]) => line('kubectl', ...words, ...scope(live));
  const patch = (body: Json) =>
    kubectl('patch', `statefulset/${live.place.name}`, '--type=json', '-p', JSON.stringify(body));
  const commands: Command[] = [];
  if (!over && set.strategy.type === 'RollingUpdate' && status.direction === 'forward') {
    const goal = nextGoal(look, status);
    commands.push({
      what: `go on to ${goal} of ${countPods(set.replicas)}, as the controller does it: past every PodDisruptionBudget`,
      command: patch([{ op: 'add', path: '/spec/updateStrategy/rollingUpdate/partition', value: set.replicas - goal }]),
    });
  }
  if (!over && status.direction === 'forward') {
    commands.push({
      what: `undo: back to ${clean(status.originRevision)}, for every pod that may be new`,
      command: `${kubectl('rollout', 'undo', `statefulset/${live.place.name}`)} --to-revision="$(${kubectl(
        'get',
        `controllerrevision/${status.originRevision}`,
        '-o',
        'jsonpath={.revision}',
      )})"`,
    });
    const broken = look.slots.filter((slot) => slot.broken && slot.state === 'updated').map((slot) => slot.name);
    if (broken.length > 0) {
      commands.push({
        what: 'after it: broken pods go by hand, under OrderedReady they block the way back (kubernetes#67250)',
        command: kubectl('delete', 'pod', ...broken),
      });
    }
  }
  const leaked = look.inDetour ? [] : outOfTurn(look, status).map((slot) => slot.name);
  if (leaked.length > 0 && record.spec.strategy === 'fence') {
    commands.push({
      what: `put back what came back new out of turn: behind the fence it returns at ${clean(status.originRevision)}`,
      command: kubectl('delete', 'pod', ...leaked),
    });
  }
  commands.push(...lostNodes(live));
  commands.push({
    what: 'unhold: the strategy from before; the controller then rolls what is left',
    command: patch([
      { op: 'replace', path: '/spec/updateStrategy', value: ownStrategy(record.origin?.updateStrategy ?? null) },
    ]),
  });
  return commands;
}

/**
 * Only a person can know that a node is off for good: then this lets its pods go and their volumes be attached elsewhere
 * (kubernetes: docs/concepts/cluster-administration/node-shutdown, non-graceful). Never --force --grace-period=0.
 */
function lostNodes({ observation }: Live): Command[] {
  const nodes = [...(observation?.told.unreachable ?? [])].filter(([, since]) => since !== null).map(([node]) => node);
  return nodes.map((node) => ({
    what: `only if ${clean(node)} is known to be off for good: lets its pods go, whatever still runs there`,
    command: line('kubectl', 'taint', 'node', node, 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute'),
  }));
}

/** The end of this step; of the next one where this one is reached. */
function nextGoal(look: Look, status: RecordStatus): number {
  if (status.reason === 'PercentReached') return look.set.replicas;
  return (status.reason === 'StepReached' ? look.steps[look.step + 1] : undefined) ?? look.goal;
}

/** A strategy without `rollingUpdate` is not defaulted on every way into the API server (design, F2). */
function ownStrategy(recorded: Json): Json {
  if (!isObject(recorded)) return { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  if (recorded.type !== 'OnDelete' && !isObject(recorded.rollingUpdate)) {
    return { ...recorded, type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  }
  return recorded;
}

function scope(live: Live): string[] {
  const { namespace, context } = live.place;
  return ['-n', namespace, ...(context === '' ? [] : ['--context', context])];
}

function line(...words: string[]): string {
  return words.map((word) => shellQuote(clean(word))).join(' ');
}
