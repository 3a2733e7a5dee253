import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES, COMMANDS } from '../../src/commands/grammar.ts';
import type { Op } from '../../src/commands/op.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { VERSION } from '../../src/commands/version.ts';
import { UsageError } from '../../src/rollout/errors.ts';

function op(line: string): Op {
  const parsed = parseArgs(line.split(' ').filter((word) => word !== ''));
  if (parsed.kind !== 'run') throw new Error(`${line} asks for help`);
  return parsed.op;
}

const kube = { asGroup: [] };
const screen = { theme: null, bell: null };
const INSTALL_OPTIONS = {
  namespace: 'bedrock-system',
  image: `ghcr.io/kubectl-bedrock/kubectl-bedrock:${VERSION}`,
  watchNamespaces: [],
  callbackSecrets: [],
};
const INSTALL = { command: 'install', kube: { asGroup: [] }, dryRun: null, force: false };

const OPERATOR = {
  command: 'operator',
  kube,
  namespaces: [],
  leaseNamespace: null,
  listen: { host: '0.0.0.0', port: 8080 },
  workers: 8,
};
const follow = { output: null, exitAtPause: false, screen };

describe('which set', () => {
  test.each([
    ['rollout web', 'web', undefined],
    ['rollout sts/web', 'web', undefined],
    ['rollout statefulset web', 'web', undefined],
    ['rollout statefulsets.apps/web', 'web', undefined],
    ['rollout StatefulSet/web', 'web', undefined],
    ['-n x rollout web', 'web', 'x'],
    ['rollout -n x web', 'web', 'x'],
    ['rollout web -n x', 'web', 'x'],
    ['rollout web --namespace=x', 'web', 'x'],
    ['rollout web -nx', 'web', 'x'],
    ['rollout web -n a -n b', 'web', 'b'],
    ['rollout --yes web', 'web', undefined],
    ['rollout --image app=web:2 web', 'web', undefined],
    ['rollout 007', '007', undefined],
  ])('%s', (line, name, namespace) => {
    expect(op(line)).toMatchObject({ command: 'rollout', name, kube: namespace === undefined ? kube : { namespace } });
  });

  test.each([
    ['rollout deploy/web', 'deploy/web is not a StatefulSet'],
    ['rollout web db', 'one StatefulSet at a time'],
    ['rollout sts web db', 'one StatefulSet at a time'],
    ['rollout sts/', 'is not the name'],
    ['rollout sts/../secrets', 'is not the name'],
    ['rollout', 'name a StatefulSet'],
    ['status', 'name a StatefulSet'],
    ['list web', 'takes no argument'],
    ['rollout web -- x', 'takes no argument'],
  ])('%s is refused', (line, words) => {
    expect(() => op(line)).toThrow(UsageError);
    expect(() => op(line)).toThrow(words);
  });
});

test("kubectl's own flags, before and after", () => {
  expect(
    op(
      '--context c --cluster l --user u --kubeconfig k rollout web --as me --as-group a --as-group b --request-timeout 30s -v=6',
    ),
  ).toMatchObject({
    kube: {
      context: 'c',
      cluster: 'l',
      user: 'u',
      kubeconfig: 'k',
      as: 'me',
      asGroup: ['a', 'b'],
      requestTimeout: '30s',
    },
  });
  expect(parseArgs(['status', 'web', '-v', '6'])).toMatchObject({ verbosity: 6 });
  expect(parseArgs(['status', 'web', '-v9'])).toMatchObject({ verbosity: 9 });
  expect(parseArgs(['status', 'web'])).toMatchObject({ verbosity: 0 });
});

describe('rollout', () => {
  const gates = { pace: {}, files: [] };
  const notify = { slackChannel: null, slackApprovers: [], callbackUrl: null };
  const rest = { command: 'rollout', kube, name: 'web', pace: {}, gates, notify, dryRun: null, yes: false, follow };

  test.each([
    ['', { ...rest, change: { kind: 'pending' } }],
    ['--restart', { ...rest, change: { kind: 'restart', again: false } }],
    ['--restart --again -y', { ...rest, change: { kind: 'restart', again: true }, yes: true }],
    ['--to-revision 4', { ...rest, change: { kind: 'revision', revision: 4 } }],
    ['-f web.yaml --force-conflicts', { ...rest, change: { kind: 'file', path: 'web.yaml', force: true } }],
    ['-f -', { ...rest, change: { kind: 'file', path: '-', force: false } }],
    [
      '--image a=b --image c=d',
      {
        ...rest,
        change: {
          kind: 'image',
          images: [
            { container: 'a', image: 'b' },
            { container: 'c', image: 'd' },
          ],
        },
      },
    ],
    ['--percent 25', { ...rest, change: { kind: 'pending' }, pace: { percent: 25 } }],
    ['--percent 12.5%', { ...rest, change: { kind: 'pending' }, pace: { percent: 12.5 } }],
    ['--percent 0', { ...rest, change: { kind: 'pending' }, pace: { percent: 0 } }],
    [
      '--steps 1,25%,100% --step-pause 5m',
      { ...rest, change: { kind: 'pending' }, pace: { steps: ['1', '25%', '100%'], stepPause: '5m' } },
    ],
    [
      '--max-unavailable 10% --interval 1s --min-ready 0 --progress-deadline 1h --disrupt delete --on-failure rollback',
      {
        ...rest,
        change: { kind: 'pending' },
        pace: {
          maxUnavailable: '10%',
          minPodEvictionInterval: '1s',
          minReady: '0',
          progressDeadline: '1h',
          disrupt: 'delete',
          failurePolicy: 'rollback',
        },
      },
    ],
    ['--strategy on-delete', { ...rest, change: { kind: 'pending' }, pace: { strategy: 'on-delete' } }],
    ['--hold --dry-run=server', { ...rest, change: { kind: 'pending' }, pace: { hold: true }, dryRun: 'server' }],
    [
      '-o jsonl --exit-at-pause',
      { ...rest, change: { kind: 'pending' }, follow: { output: 'jsonl', exitAtPause: true, screen } },
    ],
    [
      '--theme light --bell off',
      { ...rest, change: { kind: 'pending' }, follow: { ...follow, screen: { theme: 'light', bell: 'off' } } },
    ],
    ['-oline', { ...rest, change: { kind: 'pending' }, follow: { output: 'line', exitAtPause: false, screen } }],
  ])('web %s', (flags, expected) => {
    expect(op(`rollout web ${flags}`)).toEqual(expected);
  });

  test('the name may come from the file', () => {
    expect(op('rollout -f web.yaml')).toMatchObject({ name: null, change: { kind: 'file' } });
  });

  test.each([
    ['--image a=b --restart', '--image and --restart do not go together'],
    ['-f a.yaml --to-revision 3', '-f and --to-revision'],
    ['--image ab', 'CONTAINER=IMAGE'],
    ['--force-conflicts', 'goes with -f'],
    ['--again', 'goes with --restart'],
    ['--to-revision x', 'the number of a revision'],
    ['--to-revision 0', 'the number of a revision'],
    ['--percent 101', '0 to 100'],
    ['--percent many', '0 to 100'],
    ['--percent=-1', '0 to 100'],
    ['--percent', 'Not enough arguments'],
    ['--steps 1,x', '"x" is neither'],
    ['--steps 1,,2', '"" is neither'],
    ['--step-pause 5m', 'goes with --steps'],
    ['--max-unavailable 0', 'nothing would ever move'],
    ['--max-unavailable 0%', 'nothing would ever move'],
    ['--max-unavailable 1.5', 'a number of pods'],
    ['--interval 30', 'a duration such as'],
    ['--strategy both', 'fence'],
    ['--strategy on-delete --hold', 'OnDelete holds nothing'],
    ['--dry-run=both', 'client'],
    ['-o xml', 'jsonl'],
    ['--precent 25', 'did you mean --percent?'],
    ['--max-unavailible 1', 'did you mean --max-unavailable?'],
    ['--color', 'has no flag --color'],
    ['-x', 'has no flag -x'],
    ['--no-execute', 'has no flag --execute'],
  ])('web %s is refused', (flags, words) => {
    expect(() => op(`rollout web ${flags}`)).toThrow(UsageError);
    expect(() => op(`rollout web ${flags}`)).toThrow(words);
  });
});

describe('the other commands', () => {
  const edit = { kube, name: 'web', execute: true, yes: false, follow };

  test.each([
    ['status web', { command: 'status', kube, name: 'web', watch: false, output: null }],
    ['status -w web', { command: 'status', kube, name: 'web', watch: true, output: null }],
    ['status web -oyaml', { command: 'status', kube, name: 'web', watch: false, output: 'yaml' }],
    ['pause web', { command: 'pause', kube, name: 'web' }],
    ['pause --all', { command: 'pause-all', kube, allNamespaces: false }],
    ['pause --all -A', { command: 'pause-all', kube, allNamespaces: true }],
    ['operator -A', { ...OPERATOR, namespaces: null }],
    ['install', { ...INSTALL, options: INSTALL_OPTIONS }],
    [
      'install -n ops --watch-namespace a --watch-namespace b --callback-secret a/key --image me:1 --dry-run client',
      {
        ...INSTALL,
        dryRun: 'client',
        options: {
          namespace: 'ops',
          image: 'me:1',
          watchNamespaces: ['a', 'b'],
          callbackSecrets: [{ namespace: 'a', name: 'key' }],
        },
      },
    ],
    ['uninstall --crd -y', { command: 'uninstall', kube, crd: true, yes: true }],
    [
      'operator -n a -n b -n a --lease-namespace ops --listen off --workers 3',
      { ...OPERATOR, namespaces: ['a', 'b'], leaseNamespace: 'ops', listen: null, workers: 3 },
    ],
    ['operator --listen [::1]:9090', { ...OPERATOR, listen: { host: '::1', port: 9090 } }],
    ['resume web', { command: 'resume', ...edit }],
    ['resume web --no-execute', { command: 'resume', ...edit, execute: false }],
    ['speed web --max-unavailable 4', { command: 'speed', kube, name: 'web', maxUnavailable: '4' }],
    ['promote web', { command: 'promote', percent: null, ...edit }],
    ['promote web --percent 50%', { command: 'promote', percent: 50, ...edit }],
    ['rollback web', { command: 'rollback', toRevision: null, ...edit }],
    [
      'rollback web --to-revision 3 -o line',
      { command: 'rollback', toRevision: 3, ...edit, follow: { output: 'line', exitAtPause: false, screen } },
    ],
    ['history sts/web', { command: 'history', kube, name: 'web', revision: null, diff: null }],
    ['history web --revision 4', { command: 'history', kube, name: 'web', revision: 4, diff: null }],
    ['history web --diff 3..4', { command: 'history', kube, name: 'web', revision: null, diff: { from: 3, to: 4 } }],
    ['history web --diff=3', { command: 'history', kube, name: 'web', revision: null, diff: { from: 3, to: null } }],
    ['status web -w -o jsonl', { command: 'status', kube, name: 'web', watch: true, output: 'jsonl' }],
    ['hold web', { command: 'hold', kube, name: 'web', yes: false }],
    ['unhold web --yes', { command: 'unhold', kube, name: 'web', yes: true }],
    ['list', { command: 'list', kube, allNamespaces: false, staleMs: null }],
    ['list -A --stale 24h', { command: 'list', kube, allNamespaces: true, staleMs: 86_400_000 }],
    ['version', { command: 'version' }],
  ])('%s', (line, expected) => {
    expect(op(line)).toEqual(expected);
  });

  test.each([
    ['', 'say what to do: rollout'],
    ['rollot web', 'did you mean rollout?'],
    ['paus web', 'did you mean pause?'],
    ['frobnicate', 'there is no command "frobnicate"'],
    ['pause web --all', 'either a name or --all'],
    ['pause web -A', 'goes with --all'],
    ['speed web', 'max-unavailable'],
    ['status web -w -o json', '-w goes with -o jsonl'],
    ['history web --diff 3-4', 'write two revisions, as 3..4'],
    ['history web --diff 3 --revision 4', 'either --revision N or --diff A..B'],
    ['list --stale soon', 'a duration'],
    ['pause web --percent 3', 'pause has no flag --percent'],
    ['install --watch-namespace A_B', 'is no name of a namespace'],
    ['install --callback-secret key', 'write NAMESPACE/NAME'],
    ['install web', 'install takes no argument'],
    ['operator -A -n x', 'either --all-namespaces or --namespace'],
    ['operator --listen here', '--listen here: write HOST:PORT'],
    ['operator --workers 0', '--workers 0: write a number'],
    ['operator web', 'operator takes no argument'],
  ])('%s is refused', (line, words) => {
    expect(() => op(line)).toThrow(UsageError);
    expect(() => op(line)).toThrow(words);
  });
});

describe('help', () => {
  test('names every command', () => {
    const parsed = parseArgs(['--help']);
    if (parsed.kind !== 'help') throw new Error('no help');
    for (const name of COMMAND_NAMES) expect(parsed.text).toContain(`kubectl bedrock ${name}`);
  });

  test.each(COMMAND_NAMES)('%s --help names each of its flags', (name) => {
    const parsed = parseArgs([name, '--help']);
    if (parsed.kind !== 'help') throw new Error('no help');
    for (const flag of Object.keys(COMMANDS[name].flags)) expect(parsed.text).toContain(`--${flag}`);
    expect(parsed.text).toContain('--kubeconfig');
  });

  test('is the same in every language of the shell', () => {
    const before = process.env.LC_ALL;
    process.env.LC_ALL = 'de_DE.UTF-8';
    try {
      expect(() => op('rollout web --percent')).toThrow('Not enough arguments');
    } finally {
      if (before === undefined) delete process.env.LC_ALL;
      else process.env.LC_ALL = before;
    }
  });
});
