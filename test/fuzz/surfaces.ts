import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Connected } from '../../src/cluster/connection.ts';
import { resolveTarget } from '../../src/cluster/kubeconfig.ts';
import { observeSet } from '../../src/cluster/observe.ts';
import { readRecord } from '../../src/cluster/record-store.ts';
import type { Parsed } from '../../src/commands/op.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { runParsed } from '../../src/commands/run.ts';
import { openSession } from '../../src/executor/session.ts';
import { RefusedError, UsageError } from '../../src/rollout/errors.ts';
import { initialStatus } from '../../src/rollout/initial.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS, RECORD_SCHEMA_VERSION, type RecordOrigin, specSchema } from '../../src/rollout/record.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { fakeHost } from '../commands/fake-host.ts';
import { type Mutation, mutated, mutations, type Scar, scarred, scars } from './mutate.ts';
import { StubApi, stillCluster } from './stub-api.ts';

/** A kind of input that comes from outside, and what must hold whatever it is. */
export interface Surface {
  name: string;
  /** Throws where something does not hold. */
  property: fc.IAsyncProperty<[Input]>;
}

export interface Input {
  mutations: Mutation[];
  /** Of the text, after the mutations. */
  scar: Scar | null;
  /** Which command meets it. */
  command: number;
}

const inputs: fc.Arbitrary<Input> = fc.record({
  mutations,
  scar: fc.option(scars, { freq: 4 }),
  command: fc.nat({ max: 1_000 }),
});

/** Stands in a kubeconfig where a secret would, and must never be told. */
const SECRET = 's3cr3t-t0ken-of-the-kubeconfig';

const SET_PATH = '/apis/apps/v1/namespaces/default/statefulsets';

const COMMANDS = [
  'status web',
  'status web -o json',
  'rollout web --image app=app:2 --yes',
  'rollout web --image app=app:2 --dry-run=client',
  'rollout web --restart --yes',
  'rollout web --to-revision 1 --yes',
  'pause web',
  'resume web',
  'speed web --max-unavailable 2',
  'promote web',
  'rollback web',
  'history web',
  'list',
  'hold web',
  'unhold web',
];

export async function surfaces(): Promise<Surface[]> {
  const simulator = await stillCluster();
  return [
    { name: 'record annotations', property: fc.asyncProperty(inputs, (input) => record(simulator, input)) },
    { name: 'kubeconfig', property: fc.asyncProperty(inputs, kubeconfig) },
    { name: '-f manifests', property: fc.asyncProperty(inputs, (input) => manifest(simulator, input)) },
    { name: 'API answers', property: fc.asyncProperty(inputs, (input) => answers(simulator, input)) },
  ];
}

/** Annotations that somebody has edited by hand, or that were cut on the way. */
async function record(simulator: Simulator, input: Input): Promise<void> {
  const names = Object.values(ANNOTATIONS);
  const name = names[input.command % names.length] ?? ANNOTATIONS.spec;
  const annotations = annotationsOf(simulator);
  const document = mutated(JSON.parse(annotations[name] ?? '') as Json, input.mutations);
  const text = JSON.stringify(document);
  annotations[name] = input.scar === null ? text : scarred(text, input.scar);
  const annotate = (raw: Json): Json => {
    if (!isObject(raw) || !isObject(raw.metadata)) return raw;
    return { ...raw, metadata: { ...raw.metadata, annotations } };
  };
  const readable = isReadable({ metadata: { name: 'web', annotations } });
  const ended = await play(simulator, pick(COMMANDS, input.command), (path, body) => {
    if (path === `${SET_PATH}/web`) return annotate(body);
    return path.startsWith(SET_PATH) && isObject(body) && Array.isArray(body.items)
      ? { ...body, items: body.items.map(annotate) }
      : body;
  });
  if (!readable) expectNothing(ended.writes, 'the record cannot be read');
}

function kubeconfig(input: Input): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bedrock-fuzz-'));
  try {
    const file = join(folder, 'config');
    const text = stringify(mutated(KUBECONFIG, input.mutations));
    writeFileSync(file, input.scar === null ? text : scarred(text, input.scar));
    const flags = { kubeconfig: file, asGroup: [] };
    try {
      resolveTarget(flags);
    } catch (error) {
      expectClear(error instanceof UsageError ? `error: ${error.message}` : String(error));
      if (!(error instanceof UsageError)) throw error;
    }
    return Promise.resolve();
  } catch (error) {
    return Promise.reject(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function manifest(simulator: Simulator, input: Input): Promise<void> {
  const text = stringify(mutated(MANIFEST, input.mutations));
  const files = { 'web.yaml': input.scar === null ? text : scarred(text, input.scar) };
  const command = pick(['rollout -f web.yaml --yes', 'rollout web -f web.yaml --yes --force-conflicts'], input.command);
  const { writes } = await play(simulator, command, (_, body) => body, files);
  // a session would write; until it is opened nothing is
  expectNothing(writes, 'no session was opened yet');
}

/** What every read is answered with, made wrong. */
async function answers(simulator: Simulator, input: Input): Promise<void> {
  const annotations = input.command % 2 === 0 ? annotationsOf(simulator) : {};
  const wrong = Math.floor(input.command / COMMANDS.length) % 6;
  let asked = 0;
  await play(simulator, pick(COMMANDS, input.command), (path, body) => {
    const withRecord =
      path === `${SET_PATH}/web` && isObject(body) && isObject(body.metadata)
        ? { ...body, metadata: { ...body.metadata, annotations } }
        : body;
    asked++;
    return asked % 6 === wrong ? mutated(withRecord, input.mutations) : withRecord;
  });
}

interface Played {
  code: number;
  writes: string[];
}

/** Runs one command; whatever comes of it must be a clear message, and where it fails nothing is written. */
async function play(
  simulator: Simulator,
  command: string,
  answer: (path: string, body: Json) => Json,
  files: Record<string, string> = {},
): Promise<Played> {
  const api = new StubApi(simulator, ({ path }, body) => answer(path, body));
  const connected: Connected = {
    api,
    context: 'test',
    server: 'https://test',
    namespace: 'default',
    user: 'ann',
    close: async () => {},
  };
  const host = fakeHost({
    files,
    connect: async () => connected,
    openSession: async (options) => {
      if (options.execute) throw new RefusedError('here it would begin');
      return openSession(options);
    },
  });
  try {
    const code = await inTime(runParsed(parsedOf(command), host), command);
    const said = host.out() + host.err();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: to find them is the purpose
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(said)) throw new Error(`control characters: ${said}`);
    if (code !== 0) {
      expectClear(host.err());
      if (!host.err().includes('here it would begin')) expectNothing(api.writes, `it ended with ${code}`);
    }
    return { code, writes: api.writes };
  } finally {
    api.close();
  }
}

const parsedLines = new Map<string, Parsed>();

/** Parsing takes ten times as long as what follows, and a command line is not what varies here. */
function parsedOf(command: string): Parsed {
  const parsed = parsedLines.get(command) ?? parseArgs(command.split(' '));
  parsedLines.set(command, parsed);
  return parsed;
}

/** Longer than any command takes that waits for nothing. */
const PATIENCE_MS = 5_000;

async function inTime<T>(running: Promise<T>, command: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no end within ${PATIENCE_MS} ms: ${command}`)), PATIENCE_MS);
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the engine of JavaScript says of a fault of ours is no message. */
const CRASH =
  /TypeError|RangeError|ReferenceError|ZodError|Cannot read propert|Cannot convert|is not a function|is not iterable|is not defined|undefined is|Invalid time value|\[object Object\]|Maximum call stack|Invalid array length|at .*\.tsx?:\d/;

function expectClear(said: string): void {
  if (!said.includes('error: ') && !/for more than/.test(said))
    throw new Error(`it failed without a word: ${JSON.stringify(said)}`);
  if (CRASH.test(said)) throw new Error(`that is a crash: ${said}`);
  if (said.includes(SECRET)) throw new Error(`it tells a secret: ${said}`);
}

function expectNothing(writes: readonly string[], why: string): void {
  if (writes.length > 0) throw new Error(`${why}, and it wrote: ${writes.join(', ')}`);
}

function isReadable(raw: Json): boolean {
  try {
    readRecord(raw);
    return true;
  } catch {
    return false;
  }
}

function pick<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

/** A rollout half-way, as the record tells it. */
function annotationsOf(simulator: Simulator): Record<string, string> {
  const raw = simulator.set('web') as unknown as JsonObject;
  const set = observeSet(raw);
  const template = set.template;
  const spec = specSchema.parse({
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: 'r1',
    target: { kind: 'image', summary: 'app=app:2', template },
    steps: ['1', '50%'],
  });
  const origin: RecordOrigin = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: 'r1',
    revision: set.updateRevision,
    template,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  };
  const status = {
    ...initialStatus(set, spec, origin, 'ann', simulator.clock.now()),
    phase: 'Paused',
    reason: 'StepReached',
    lostRaces: [{ pod: 'web-2', uid: 'u', at: new Date(simulator.clock.now()).toISOString() }],
    events: [
      { at: new Date(simulator.clock.now()).toISOString(), kind: 'started', message: 'ann rolls out app=app:2' },
    ],
  };
  return {
    [ANNOTATIONS.spec]: JSON.stringify(spec),
    [ANNOTATIONS.status]: JSON.stringify(status),
    [ANNOTATIONS.origin]: JSON.stringify(origin),
  };
}

const KUBECONFIG: Json = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'prod',
  contexts: [
    { name: 'prod', context: { cluster: 'prod', user: 'ann', namespace: 'payments' } },
    { name: 'arn:aws:eks:eu:1:cluster/x', context: { cluster: 'prod', user: 'exec' } },
  ],
  clusters: [{ name: 'prod', cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': 'QUJD' } }],
  users: [
    { name: 'ann', user: { token: SECRET, 'as-groups': ['a'], as: 'bob' } },
    {
      name: 'exec',
      user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'true', args: [SECRET], env: [] } },
    },
    { name: 'basic', user: { username: 'ann', password: SECRET, tokenFile: 'token' } },
  ],
};

const MANIFEST: Json = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, annotations: { a: 'b' } },
  spec: {
    replicas: 3,
    serviceName: 'web',
    podManagementPolicy: 'Parallel',
    minReadySeconds: 1,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } },
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'app', image: 'app:2', env: [{ name: 'A', value: 'b' }], ports: [{ containerPort: 80 }] }],
        volumes: [{ name: 'v', configMap: { name: 'c' } }],
      },
    },
    volumeClaimTemplates: [],
  },
};

/** The counterexample, and what it did. */
export function report(details: fc.RunDetails<[Input]>): string {
  return `${fc.defaultReportMessage(details)}\n${details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)}`;
}
