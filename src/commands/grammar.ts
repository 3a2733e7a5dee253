import type { Options } from 'yargs';
import { BELLS } from '../ui/attention.ts';
import { THEME_NAMES } from '../ui/palette.ts';
import { SCENARIO_NAMES } from './demo/scenarios.ts';
import { GATE_FLAGS } from './gate-flags.ts';
import { INSTALL_FLAGS, UNINSTALL_FLAGS } from './install-flags.ts';
import { NOTIFY_FLAGS } from './notify-flags.ts';
import { OPERATOR_FLAGS } from './operator-flags.ts';

/** The command line, declared in one place: what yargs parses, what the help says, what the README is checked against. */

const text = (describe: string, extra: Options = {}): Options => ({
  type: 'string',
  requiresArg: true,
  describe,
  ...extra,
});
const flag = (describe: string, extra: Options = {}): Options => ({ type: 'boolean', describe, ...extra });

/** kubectl's own flags. */
export const KUBECTL_FLAGS = {
  namespace: text('namespace of the StatefulSet', { alias: 'n' }),
  context: text('kubeconfig context'),
  cluster: text('kubeconfig cluster'),
  user: text('kubeconfig user'),
  kubeconfig: text('path of the kubeconfig file'),
  as: text('user to impersonate'),
  'as-group': text('group to impersonate (repeatable)', { type: 'array', string: true }),
  'as-uid': text('uid to impersonate'),
  server: text('address of the API server', { alias: 's' }),
  token: text('bearer token'),
  'insecure-skip-tls-verify': flag('do not check the server certificate'),
  'request-timeout': text('of one call: 30s, 2m; 0 for none of its own'),
  v: { type: 'number', requiresArg: true, describe: 'log level; from 6 errors come with their stack' },
} satisfies Record<string, Options>;

const CHANGE_FLAGS = {
  image: text('CONTAINER=IMAGE, as kubectl set image; * for all (repeatable)', { type: 'array', string: true }),
  filename: text('FILE with one StatefulSet, - for standard input (server-side apply)', { alias: 'f' }),
  'force-conflicts': flag('with -f: take over fields that others manage'),
  restart: flag('the same version, every pod anew'),
  again: flag('with --restart: anew, although one is unfinished'),
  'to-revision': { type: 'number', requiresArg: true, describe: 'a revision of `history`' },
} satisfies Record<string, Options>;

const PACE_FLAGS = {
  percent: text('of the pods, how many get the new version (default 100)'),
  steps: text('on the way there: 1,25%,100%'),
  'step-pause': text('after each step: manual, or a duration (default manual)'),
  'max-unavailable': text("N or P%: as many at once (default: the set's own, else 1)"),
  interval: text('at least so long from one disruption to the next'),
  'min-ready': text('a pod counts after so long of unbroken Ready (default 5s)'),
} satisfies Record<string, Options>;

const SAFETY_FLAGS = {
  strategy: text('fence, or on-delete (which leaks versions)', { choices: ['fence', 'on-delete'] }),
  hold: flag('leave the set held at the end'),
  disrupt: text('evict (heeds PodDisruptionBudgets), or delete', { choices: ['evict', 'delete'] }),
  'on-failure': text('pause, or rollback (default pause)', { choices: ['pause', 'rollback'] }),
  'failure-threshold': text('N or P%: so many failed pods of the new version stop it (default 1)'),
  'broken-first': flag('broken pods go first; --broken-first=false: in their turn', { default: true }),
  'progress-deadline': text('without progress for so long, it stops (default 10m)'),
  'dry-run': text('print the plan, write nothing', { choices: ['client', 'server'] }),
} satisfies Record<string, Options>;

const yes = flag('do not ask', { alias: 'y' });
const output = text('tui, line or jsonl (default: tui in a terminal)', {
  alias: 'o',
  choices: ['tui', 'line', 'jsonl'],
});
const execute = flag('execute here where nobody does; --no-execute only edits the record', { default: true });
const FOLLOW_FLAGS = {
  output,
  theme: text('colours: auto, dark or light (default auto, or BEDROCK_THEME)', { choices: [...THEME_NAMES] }),
  bell: text('when a person is needed: auto, bell, osc9 or off (default auto, or BEDROCK_BELL)', {
    choices: [...BELLS],
  }),
  'exit-at-pause': flag('in line and jsonl: end with 0 at a pause instead of waiting'),
} satisfies Record<string, Options>;

const EXECUTE_FLAGS = { execute, yes, ...FOLLOW_FLAGS };

export interface CommandGrammar {
  /** Whether it is about one StatefulSet. */
  resource: 'required' | 'optional' | 'none';
  /** What else stands after its name. */
  argument?: { name: string; choices: readonly string[] };
  describe: string;
  flags: Record<string, Options>;
  /** Of kubectl's own flags, those that may be given more than once; of others the last one counts. */
  repeatable?: readonly string[];
  examples: readonly [string, string][];
}

export const COMMANDS = {
  rollout: {
    resource: 'optional',
    describe: 'Roll a StatefulSet out, live',
    flags: {
      ...CHANGE_FLAGS,
      ...PACE_FLAGS,
      ...SAFETY_FLAGS,
      ...GATE_FLAGS,
      ...NOTIFY_FLAGS,
      yes,
      ...FOLLOW_FLAGS,
    },
    examples: [
      ['$0 rollout sts/web --image app=web:2', 'all pods, at the pace of the set'],
      ['$0 rollout sts/web --image app=web:2 --percent 25 --max-unavailable 10%', 'a quarter, a tenth at once'],
      ['$0 rollout -f web.yaml --steps 1,25%,100%', 'a canary first; each step waits for you'],
      ['$0 rollout sts/web --restart --yes', 'in a pipeline'],
      ['$0 rollout sts/web --image app=web:2 --consul-service web', 'a pod counts once Consul has it'],
    ],
  },
  plan: {
    resource: 'optional',
    describe: 'What a rollout would do, how long it would take, and what is its limit; writes nothing',
    flags: {
      ...CHANGE_FLAGS,
      ...PACE_FLAGS,
      ...SAFETY_FLAGS,
      ...GATE_FLAGS,
      ...NOTIFY_FLAGS,
    },
    examples: [
      ['$0 plan sts/web --image app=web:2 --max-unavailable 10%', 'before you roll it out'],
      ['$0 plan sts/web --restart --max-unavailable 8 --dry-run=server', 'and whether the API server would take it'],
    ],
  },
  status: {
    resource: 'required',
    describe: 'How the rollout stands',
    flags: {
      watch: flag('follow it until it ends', { alias: 'w' }),
      output: text('json, yaml: record and counts; jsonl: with -w a line a change', {
        alias: 'o',
        choices: ['json', 'yaml', 'jsonl'],
      }),
    },
    examples: [['$0 status sts/web -w', 'follow it']],
  },
  pause: {
    resource: 'optional',
    describe: 'Disrupt no further pod; those not released stay at their version',
    flags: {
      all: flag('every rollout that is on its way in the namespace'),
      'all-namespaces': flag('with --all: in every namespace', { alias: 'A' }),
    },
    examples: [['$0 pause --all -n payments', 'an incident: stop everything']],
  },
  resume: { resource: 'required', describe: 'Go on', flags: EXECUTE_FLAGS, examples: [] },
  speed: {
    resource: 'required',
    describe: 'Change how many pods go at once',
    flags: { 'max-unavailable': text('N or P%', { demandOption: true }) },
    examples: [['$0 speed sts/web --max-unavailable 4', '']],
  },
  promote: {
    resource: 'required',
    describe: 'Let the next step begin',
    flags: { percent: text('to so many percent of the pods, past the steps between'), ...EXECUTE_FLAGS },
    examples: [['$0 promote sts/web --percent 100', '']],
  },
  rollback: {
    resource: 'required',
    describe: 'Bring every pod back to the version from before',
    flags: { 'to-revision': CHANGE_FLAGS['to-revision'], ...EXECUTE_FLAGS },
    examples: [],
  },
  history: {
    resource: 'required',
    describe: 'Revisions, and which pods are on them',
    flags: {
      revision: { type: 'number', requiresArg: true, describe: 'only this one, with its pod template' },
      diff: text('A..B: what differs between the templates of two; A alone: between it and the latest'),
    },
    examples: [['$0 history sts/web --diff 3..4', 'what revision 4 changed']],
  },
  hold: {
    resource: 'required',
    describe: 'Hold every pod at its version, whoever writes the template',
    flags: { yes },
    examples: [],
  },
  unhold: { resource: 'required', describe: "Put the set's own update strategy back", flags: { yes }, examples: [] },
  list: {
    resource: 'none',
    describe: 'Every set that is held, paused, leaking or half-rolled',
    flags: {
      'all-namespaces': flag('in every namespace', { alias: 'A' }),
      stale: text('exit 3 if one is in its state for longer: 24h'),
    },
    examples: [['$0 list -A --stale 24h', 'for a nightly check']],
  },
  demo: {
    resource: 'none',
    describe: 'Show it on a simulated cluster on this machine: nothing else is needed, nothing is left behind',
    flags: {
      scenario: text('what happens (default smooth)', { choices: SCENARIO_NAMES }),
      pods: { type: 'number', requiresArg: true, describe: 'how many (default: of the scenario)' },
      serve: flag('leave the rollout to you: keep the cluster up for kubectl in other terminals, until Ctrl-C'),
      kubernetes: text('whose rules the cluster follows (default 1.37)', { choices: ['1.34', '1.37'] }),
      yes,
      output,
    },
    examples: [
      ['$0 demo', 'a rollout of 12 pods'],
      ['$0 demo --scenario leak', 'OnDelete beside the fence'],
      ['$0 demo --serve', 'a cluster to try kubectl and this program on'],
    ],
  },
  completion: {
    resource: 'none',
    describe: 'For Tab: the script of a shell, or (install) what kubectl needs beside the plugin',
    flags: {},
    examples: [
      ['$0 completion install', 'for kubectl bedrock, in every shell that completes kubectl'],
      ['source <(kubectl-bedrock completion bash)', 'for the plain name; zsh and fish likewise'],
    ],
    argument: { name: 'what', choices: ['bash', 'zsh', 'fish', 'install', 'uninstall'] },
  },
  notify: {
    resource: 'required',
    describe: 'Tell Slack and call-back receivers what they could not be told before',
    flags: {},
    examples: [],
  },
  operator: {
    resource: 'none',
    describe:
      'Execute what StatefulsetRollouts ask for, until it is told to stop (in the cluster: kubectl bedrock install)',
    flags: OPERATOR_FLAGS,
    repeatable: ['namespace'],
    examples: [
      ['$0 operator --all-namespaces', 'of the whole cluster'],
      ['$0 operator -n payments -n search', 'of two namespaces; run a second one, and it waits for its turn'],
    ],
  },
  install: {
    resource: 'none',
    describe:
      'Put StatefulsetRollout and its operator into the cluster (-n: where the operator runs; default bedrock-system)',
    flags: INSTALL_FLAGS,
    examples: [
      ['$0 install --dry-run=client', 'the manifests, for a pull request'],
      ['$0 install --watch-namespace payments --watch-namespace search', 'without rights anywhere else'],
      ['$0 install --callback-secret payments/releases', 'and call-backs signed with it'],
    ],
  },
  uninstall: {
    resource: 'none',
    describe: 'Take the operator out of the cluster; sets and their pods stay as they are',
    flags: UNINSTALL_FLAGS,
    examples: [],
  },
  version: { resource: 'none', describe: 'The version of this program', flags: {}, examples: [] },
} as const satisfies Record<string, CommandGrammar>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];
