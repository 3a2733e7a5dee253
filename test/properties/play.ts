import type { End, OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import { isObject, type Json } from '../../src/rollout/json.ts';
import type { Intent } from '../../src/rollout/live.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, specSchema } from '../../src/rollout/record.ts';
import { type FaultRates, Random, Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { isReady, revisionOf, statusOf, Violation, Watchdog } from './invariants.ts';
import { MortalApi } from './mortal-api.ts';
import { type Act, CALM_MS, type FaultKind, type Schedule } from './schedule.ts';

/** After the calm the rollout must end within so long: longer than every deadline of ours. */
const PATIENCE_MS = 15 * 60_000;

/** Watch delay and two ways, and with late events two seconds more. */
const LAG_MS = 150;
const LATE_MS = 2_000;

const PATH = '/apis/apps/v1/namespaces/default/statefulsets/web';
const REF = { namespace: 'default', name: 'web' };

export interface Played {
  violations: Violation[];
  phase: string;
  reason: string | undefined;
  restarts: number;
  /** Virtual milliseconds. */
  tookMs: number;
}

/** Plays one schedule on the simulator, from a Ready set to the end of its rollout, with the watchdog looking on. */
export async function play(schedule: Schedule): Promise<Played> {
  // back-off is jittered by it: a schedule must play the same each time
  const { random } = Math;
  const seeded = new Random(schedule.seed);
  Math.random = () => seeded.next();
  try {
    return await new Player(schedule).play();
  } finally {
    Math.random = random;
  }
}

interface Hand {
  name: string;
  api: MortalApi;
  session: OpenSession | null;
  end: End | null;
}

class Player {
  readonly #clock = new VirtualClock();
  readonly #simulator: Simulator;
  readonly #hands: Hand[] = [];
  #begin: { spec: RecordSpec; origin: RecordOrigin } | null = null;
  #errors: string[] = [];

  constructor(private readonly schedule: Schedule) {
    this.#simulator = new Simulator({ seed: schedule.seed, version: schedule.version, clock: this.#clock });
  }

  async play(): Promise<Played> {
    await this.#setUp();
    const { schedule } = this;
    const began = this.#clock.now();
    const late = schedule.faults.some(
      (fault) => fault === 'late' || fault === 'lost' || fault === 'expired' || fault === 'cut',
    );
    const watchdog = new Watchdog(this.#simulator, { ms: late ? LAG_MS + 2 * LATE_MS : LAG_MS });
    this.#simulator.faults.rates = ratesOf(schedule.faults);
    this.#start(true);
    for (const act of schedule.acts) {
      await this.#clock.run(began + act.at);
      this.#act(act);
    }
    await this.#clock.run(began + CALM_MS);
    this.#simulator.faults.stop();
    for (const node of ['node-0', 'node-1', 'node-2']) this.#simulator.nodes.cordon(node, false);
    await this.#finish(watchdog);
    watchdog.end();
    const status = statusOf(this.#simulator.set('web'));
    return {
      violations: watchdog.violations,
      phase: status?.phase ?? 'none',
      reason: status?.reason,
      restarts: this.#simulator.history.pods.length,
      tookMs: this.#clock.now() - began,
    };
  }

  async #setUp(): Promise<void> {
    const { schedule } = this;
    const labels = { app: 'web' };
    const seconds = (ms: number) => `${ms / 1000}s`;
    const annotations = {
      'kubelet.test/start': seconds(schedule.startMs),
      'kubelet.test/stop': seconds(schedule.stopMs),
    };
    this.#simulator.create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        replicas: schedule.replicas,
        podManagementPolicy: schedule.policy,
        minReadySeconds: schedule.minReadySeconds,
        ordinals: { start: schedule.ordinalsStart },
        updateStrategy: { type: schedule.own },
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
      },
    });
    if (schedule.pdb !== null) {
      this.#simulator.create({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'web' },
        spec: { maxUnavailable: schedule.pdb, selector: { matchLabels: labels } },
      });
    }
    await this.#clock.run(this.#clock.now() + 600_000, () => this.#allReady());
    if (!this.#allReady()) throw new Error('the set did not get Ready before the rollout');
    await this.#clock.run(this.#clock.now() + 20_000);
    this.#begin = this.#record();
  }

  #record(): { spec: RecordSpec; origin: RecordOrigin } {
    const { schedule } = this;
    const set = this.#simulator.set('web');
    const setSpec = isObject(set.spec) ? set.spec : {};
    const template = copyOf(setSpec.template ?? null);
    const next = copyOf(setSpec.template ?? null);
    const containers =
      isObject(next) && isObject(next.spec) && Array.isArray(next.spec.containers) ? next.spec.containers : [];
    if (isObject(containers[0])) containers[0].image = schedule.newImage;
    const status = isObject(set.status) ? set.status : {};
    const spec = specSchema.parse({
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: `r${schedule.seed}`,
      target: { kind: 'image', summary: `app=${schedule.newImage}`, template: next },
      percent: schedule.percent,
      maxUnavailable: schedule.maxUnavailable,
      minReady: schedule.minReady,
      progressDeadline: '2m',
      disrupt: schedule.disrupt,
      failurePolicy: schedule.failurePolicy,
    });
    const origin: RecordOrigin = {
      schemaVersion: RECORD_SCHEMA_VERSION,
      rolloutIdentity: spec.rolloutIdentity,
      revision: String(status.updateRevision),
      template,
      updateStrategy: copyOf(setSpec.updateStrategy ?? null),
    };
    return { spec, origin };
  }

  /** Another executor on this set, as a process of its own. */
  #start(first: boolean, edit?: (spec: RecordSpec) => RecordSpec): void {
    const name = `exec-${this.#hands.length + 1}`;
    const api = new MortalApi(this.#simulator.api(name));
    const hand: Hand = { name, api, session: null, end: null };
    this.#hands.push(hand);
    const written = statusOf(this.#simulator.set('web')) !== null;
    const begin = this.#begin;
    openSession({
      connected: { api, context: 'test', server: 'simulator' },
      ref: REF,
      user: name,
      execute: true,
      adopt: true,
      endOn: new Set(['held']),
      ...(written || begin === null ? {} : { begin }),
      ...(edit === undefined ? {} : { edit }),
    }).then(
      (session) => {
        hand.session = session;
        void session.done.then((end) => {
          hand.end = end;
        });
      },
      (error: unknown) => {
        // the API may have been out of reach; another start follows in the calm
        if (!first) this.#errors.push(String(error));
        hand.end = { outcome: 'error', record: null, message: String(error) };
      },
    );
  }

  #act(act: Act): void {
    const { schedule } = this;
    const living = this.#hands.filter((hand) => hand.session !== null && hand.end === null && !hand.api.dead);
    const hand = living.at(-1);
    const intend = (intent: Intent) => void hand?.session?.act(intent).catch(() => {});
    switch (act.kind) {
      case 'pause':
      case 'resume':
      case 'promote':
      case 'rollback':
        intend({ kind: act.kind });
        break;
      case 'speed':
        intend({ kind: 'speed', maxUnavailable: act.maxUnavailable });
        break;
      case 'kill':
        hand?.api.kill();
        break;
      case 'leave':
        void hand?.session?.stop();
        break;
      case 'second':
        this.#start(false);
        break;
      case 'drain':
        this.#simulator.nodes.drain(`node-${act.at % 3}`);
        break;
      case 'foreign':
        this.#user({ spec: { template: { metadata: { annotations: { foreign: String(act.at) } } } } });
        break;
      case 'scale': {
        const set = this.#simulator.set('web');
        const now = Number(isObject(set.spec) ? (set.spec.replicas ?? 1) : 1);
        this.#user({ spec: { replicas: Math.max(0, now + act.by) } });
        break;
      }
      case 'crash':
      case 'delete': {
        const pod = `web-${schedule.ordinalsStart + (act.pod % schedule.replicas)}`;
        if (!this.#simulator.pods().some((each) => each.metadata.name === pod)) break;
        if (act.kind === 'crash') this.#simulator.kubelet.crash('default', pod);
        else this.#request('DELETE', `/api/v1/namespaces/default/pods/${pod}`);
        break;
      }
    }
  }

  #user(patch: Json): void {
    this.#request('PATCH', PATH, patch);
  }

  #request(method: 'PATCH' | 'DELETE', path: string, body?: Json): void {
    const contentType = method === 'PATCH' ? ('application/merge-patch+json' as const) : undefined;
    void this.#simulator
      .api('somebody')
      .request({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(contentType === undefined ? {} : { contentType }),
      })
      .catch(() => {});
  }

  /** Calm: somebody goes on with whatever stands, until there is an end. */
  async #finish(watchdog: Watchdog): Promise<void> {
    const until = this.#clock.now() + PATIENCE_MS;
    while (this.#clock.now() < until) {
      const status = statusOf(this.#simulator.set('web'));
      if (this.#atRest()) return;
      const busy = this.#hands.some((hand) => hand.end === null && !hand.api.dead);
      // whoever began may have found the API server out of reach, before anything was written
      if (status === null && !busy) this.#start(false);
      else if (status !== null && (!busy || status.phase === 'Paused')) this.#start(false, (spec) => this.#goOn(spec));
      await this.#clock.run(this.#clock.now() + 60_000, () => this.#atRest());
    }
    const status = statusOf(this.#simulator.set('web'));
    const pods = this.#simulator
      .pods()
      .map((pod) => `${pod.metadata.name}@${revisionOf(pod)}${isReady(pod) ? '' : '!'}`);
    const set = this.#simulator.set('web');
    watchdog.violations.push(
      new Violation(
        'progress',
        `no end: ${status?.phase} ${status?.reason ?? ''} ${status?.message ?? ''}; ${pods.join(' ')}; ${JSON.stringify(isObject(set.spec) ? set.spec.updateStrategy : null)} ${JSON.stringify(set.status)} ${JSON.stringify(status)} ${this.#errors.join(' | ')}`,
      ),
    );
  }

  /** What a person would do in the end: go on where the new version works, go back where it does not. */
  #goOn(spec: RecordSpec): RecordSpec {
    const now = new Date(this.#clock.now()).toISOString();
    const { pausedBy: _, ...rest } = spec;
    const status = statusOf(this.#simulator.set('web'));
    const hopeless = this.schedule.newImage !== 'app:2' || status?.reason === 'ForeignChange';
    return {
      ...rest,
      percent: 100,
      pauseRequested: false,
      resumedAt: now,
      ...(hopeless && spec.rollback === undefined
        ? { rollback: { at: now, by: 'somebody', summary: 'it does not work' } }
        : {}),
    };
  }

  /** The end, or a foreign template that nobody can go back from. */
  #atRest(): boolean {
    const status = statusOf(this.#simulator.set('web'));
    if (status === null) return false;
    // a foreign template over a rollback is a rollout of its own: nobody can go on with this one
    if (status.phase === 'Paused' && status.reason === 'ForeignChange' && status.direction === 'back') return true;
    return status.phase === 'Complete' || status.phase === 'RolledBack';
  }

  #allReady(): boolean {
    const pods = this.#simulator.pods();
    return pods.length === this.schedule.replicas && pods.every(isReady);
  }
}

function ratesOf(faults: readonly FaultKind[]): FaultRates {
  const has = (fault: FaultKind) => faults.includes(fault);
  return {
    request: {
      ...(has('conflict') ? { conflict: 0.05 } : {}),
      ...(has('overloaded') ? { overloaded: 0.05 } : {}),
      ...(has('internal') ? { internal: 0.05, 'internal-after': 0.03 } : {}),
      ...(has('lost') ? { 'lost-before': 0.03, 'lost-after': 0.03 } : {}),
    },
    watch: {
      ...(has('cut') ? { cut: 0.02, end: 0.01 } : {}),
      ...(has('expired') ? { 'expired-event': 0.01, 'expired-answer': 0.01 } : {}),
    },
    duplicate: has('twice') ? 0.1 : 0,
    late: has('late') ? 0.05 : 0,
    slowMs: LATE_MS,
  };
}

function copyOf(value: Json): Json {
  return structuredClone(value);
}
