import type { ApiRequest } from '../../src/cluster/api.ts';
import type { End, OpenSession } from '../../src/executor/contract.ts';
import { openSession } from '../../src/executor/session.ts';
import type { Outside } from '../../src/gates/outside.ts';
import type { Intent } from '../../src/rollout/live.ts';
import type { RecordSpec, RecordStatus } from '../../src/rollout/record.ts';
import { Random, type Write } from '../../src/simulator/index.ts';
import { objectOf, podFacts, recordPart } from './facts.ts';
import { isOver } from './invariants/over.ts';
import { judgeEnd } from './invariants/resume.ts';
import { ProcessApi } from './process.ts';
import { kindOfRequest, kindOfWrite } from './requests.ts';
import { type Act, CALM_MS, type RequestKind, type Schedule } from './schedule.ts';
import { Trace } from './trace.ts';
import { isController, isOurs, type Truth } from './truth.ts';
import { type Violation, Watchdog } from './watchdog.ts';
import { LATE_MS, ratesOf, World } from './world.ts';

/** After the calm the rollout must end within so long: longer than every deadline of ours. */
const PATIENCE_MS = 15 * 60_000;
/** The watch's delay and two ways, where nothing is late. */
const LAG_MS = 150;
/** A request that is held back until its trigger, at most. */
const HELD_MS = 900;
/** What is on its way at the end arrives. */
const AFTER_MS = 3_000;
const REF = { namespace: 'default', name: 'web' };

export interface Played {
  violations: Violation[];
  phase: string;
  trace: string[];
}

/** Plays one schedule on the simulator, from a Ready set to the end of its rollout, with the watchdog looking on. */
export async function play(schedule: Schedule, traced = false): Promise<Played> {
  // back-off is jittered by it: a schedule must play the same each time
  const { random } = Math;
  const seeded = new Random(schedule.seed);
  Math.random = () => seeded.next();
  try {
    return await new Player(schedule, traced).play();
  } finally {
    Math.random = random;
  }
}

interface Hand {
  name: string;
  api: ProcessApi;
  session: OpenSession | null;
  end: End | null;
}

class Player {
  readonly #world: World;
  readonly #trace: Trace;
  readonly #hands: Hand[] = [];
  #viewer: OpenSession | null = null;
  readonly #counted: Record<'sent' | 'done', Map<RequestKind, number>> = { sent: new Map(), done: new Map() };
  #lost = 0;
  #waiting: Act[] = [];
  #wish: ReturnType<World['wish']> | null = null;
  #errors: string[] = [];

  constructor(
    private readonly schedule: Schedule,
    traced: boolean,
  ) {
    this.#world = new World(schedule);
    this.#trace = new Trace(traced, this.#world);
  }

  async play(): Promise<Played> {
    const { schedule } = this;
    const { clock, simulator } = this.#world;
    await this.#world.setUp();
    this.#wish = this.#world.wish();
    const began = clock.now();
    const watchdog = new Watchdog(this.#world, lagOf(schedule), (violation) => this.#trace.violation(violation));
    this.#trace.begin();
    simulator.history.onWrite((write) => {
      this.#done(write);
      if (isLostRace(write, watchdog.truth)) this.#raceLost();
    });
    simulator.faults.rates = ratesOf(schedule.faults);
    this.#waiting = schedule.acts.filter(({ when }) => !('at' in when));
    this.#start({ screen: schedule.rollout.screen });
    const timed = schedule.acts.flatMap((act) => ('at' in act.when ? [{ at: act.when.at, act }] : []));
    for (const { at, act } of timed.toSorted((a, b) => a.at - b.at)) {
      if (this.#atRest()) break;
      await clock.run(began + at);
      this.#act(act);
    }
    await clock.run(began + CALM_MS, () => this.#atRest());
    this.#waiting = [];
    this.#world.calm();
    await this.#finish(watchdog);
    const status = this.#status();
    await clock.run(clock.now() + AFTER_MS);
    judgeEnd(schedule, watchdog);
    return { violations: watchdog.violations, phase: status?.phase ?? 'none', trace: this.#trace.lines };
  }

  /** Another executor on this set, as a process of its own. */
  #start(how: { screen?: boolean; edit?: (spec: RecordSpec) => RecordSpec } = {}): void {
    const name = `exec-${this.#hands.length + 1}`;
    const api = this.#process(name);
    const hand: Hand = { name, api, session: null, end: null };
    this.#hands.push(hand);
    const wish = this.#wish;
    openSession({
      connected: { api, context: 'test', server: 'simulator' },
      ...this.#outside(),
      ref: REF,
      user: name,
      execute: true,
      adopt: how.screen !== true,
      endOn: new Set(how.screen === true ? [] : ['held']),
      ...(this.#status() !== null || wish === null ? {} : { begin: wish }),
      ...(how.edit === undefined ? {} : { edit: how.edit }),
    }).then(
      (session) => {
        hand.session = session;
        void session.done.then((end) => {
          hand.end = end;
          this.#trace.say(name, `ended: ${end.outcome} ${end.message ?? ''}`);
        });
      },
      (error: unknown) => {
        // the API may have been out of reach; another start follows in the calm
        hand.end = { outcome: 'error', record: null, message: String(error) };
        this.#errors.push(String(error));
        this.#trace.say(name, `did not begin: ${String(error)}`);
      },
    );
  }

  #outside(): { outside?: Outside } {
    const { outside } = this.#world;
    return outside === null ? {} : { outside };
  }

  #process(name: string): ProcessApi {
    return new ProcessApi(this.#world.simulator.api(name), name, (request, api) => this.#sent(request, api));
  }

  /** @returns for how long the request is held back on its way */
  #sent(request: ApiRequest, { name }: ProcessApi): number {
    const kind = kindOfRequest(request);
    this.#trace.sent(name, kind, request);
    if (!isOurs(name)) return 0;
    const acts = this.#triggered('sent', kind);
    for (const act of acts) this.#act(act, name);
    return Math.max(0, ...acts.map(({ when }) => ('slowMs' in when ? when.slowMs : 0)));
  }

  #done(write: Write): void {
    this.#trace.wrote(write);
    if (!isOurs(write.user)) return;
    const kind = kindOfWrite(write);
    if (kind === null) return;
    for (const act of this.#triggered('done', kind)) this.#world.clock.schedule(0, () => this.#act(act, write.user));
  }

  #raceLost(): void {
    const nth = this.#lost++;
    const due = this.#waiting.filter(({ when }) => 'lost' in when && when.lost === nth);
    for (const act of due) this.#world.clock.schedule(0, () => this.#act(act));
  }

  #triggered(moment: 'sent' | 'done', kind: RequestKind): Act[] {
    const counted = this.#counted[moment];
    const nth = counted.get(kind) ?? 0;
    counted.set(kind, nth + 1);
    const isDue = ({ when }: Act) => 'on' in when && when.on === kind && when.moment === moment && when.nth === nth;
    const due = this.#waiting.filter(isDue);
    if (due.length > 0) this.#waiting = this.#waiting.filter((act) => !due.includes(act));
    return due;
  }

  /** @param at the process that the act is about, where it is about one; else the one that began last */
  #act(act: Act, at?: string): void {
    const { simulator, clock } = this.#world;
    const living = this.#hands.filter((each) => each.end === null && !each.api.dead);
    const hand = this.#hands.find(({ name }) => name === at) ?? living.findLast(({ session }) => session !== null);
    this.#trace.say('act', JSON.stringify(act));
    const pod = (index: number) => `web-${this.schedule.set.ordinalsStart + (index % this.schedule.set.replicas)}`;
    switch (act.do) {
      case 'pause':
      case 'resume':
      case 'promote':
      case 'rollback':
        this.#intend(act.by, hand, { kind: act.do });
        break;
      case 'speed':
        this.#intend(act.by, hand, { kind: 'speed', maxUnavailable: act.maxUnavailable });
        break;
      case 'percent':
        this.#intend(act.by, hand, { kind: 'promote', percent: act.percent });
        break;
      case 'kill':
        hand?.api.kill();
        break;
      case 'heir':
        hand?.api.kill();
        this.#start();
        break;
      case 'leave':
        void hand?.session?.stop();
        break;
      case 'second':
        this.#start();
        break;
      case 'freeze':
        hand?.api.freeze(act.ms);
        break;
      case 'overtake':
        hand?.api.freeze(act.ms);
        this.#start();
        break;
      case 'outside':
        if (this.#world.outside !== null) this.#world.outside.mood = act.mood;
        break;
      case 'crash':
        simulator.kubelet.crash('default', pod(act.pod));
        break;
      case 'fail':
        simulator.kubelet.fail('default', pod(act.pod));
        break;
      case 'delete':
        this.#world.delete(pod(act.pod));
        break;
      case 'flap':
        this.#world.flap(pod(act.pod), true);
        clock.schedule(act.ms, () => this.#world.flap(pod(act.pod), false));
        break;
      case 'drain':
        simulator.nodes.drain(`node-${act.node}`);
        break;
      case 'node death':
        simulator.nodes.kill(`node-${act.node}`);
        break;
      case 'scale':
        this.#world.scale(act.by);
        break;
      case 'scale to 0':
        this.#world.scale(-100);
        break;
      case 'foreign template':
        this.#world.patch({ spec: { template: { metadata: { annotations: { foreign: String(clock.now()) } } } } });
        break;
      case 'foreign OnDelete':
        this.#world.patch({ spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
        break;
      case 'foreign partition':
        this.#world.patch({ spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } });
        break;
      case 'cut the watches':
        simulator.faults.breakWatches('cut');
        break;
    }
  }

  /** A person presses a key: at the executor itself, or beside it. */
  #intend(by: 'executor' | 'viewer', hand: Hand | undefined, intent: Intent): void {
    const press = (session: OpenSession | null | undefined) => void session?.act(intent).catch(() => {});
    if (by === 'executor') {
      if (hand?.end === null) press(hand.session);
    } else if (this.#viewer !== null) press(this.#viewer);
    else if (this.#status() !== null) {
      openSession({
        connected: { api: this.#process('viewer'), context: 'test', server: 'simulator' },
        ...this.#outside(),
        ref: REF,
        user: 'viewer',
        execute: false,
        endOn: new Set(),
      }).then(
        (session) => {
          this.#viewer ??= session;
          press(session);
        },
        () => {},
      );
    }
  }

  /** Calm: somebody goes on with whatever stands, until there is an end. */
  async #finish(watchdog: Watchdog): Promise<void> {
    const { clock } = this.#world;
    const until = clock.now() + PATIENCE_MS;
    while (clock.now() < until) {
      if (this.#atRest()) return;
      const status = this.#status();
      // one who only watches does not go on by itself after an executor that left in good order
      const busy = this.#hands.some(
        ({ end, api, session }) => end === null && !api.dead && session?.live().role !== 'viewer',
      );
      // whoever began may have found the API server out of reach, before anything was written
      if (status === null && !busy) this.#start();
      else if (status !== null && (!busy || status.phase === 'Paused'))
        this.#start({ edit: (spec) => this.#goOn(spec) });
      await clock.run(clock.now() + 60_000, () => this.#atRest());
    }
    watchdog.report('progress', this.#words());
  }

  /** What a person would do in the end: go on where the new version works, go back where it does not. */
  #goOn(spec: RecordSpec): RecordSpec {
    const now = new Date(this.#world.clock.now()).toISOString();
    const { pausedBy: _, ...rest } = spec;
    const hopeless = this.schedule.rollout.image !== 'app:2' || this.#status()?.reason === 'ForeignChange';
    return {
      ...rest,
      percent: 100,
      promotedStep: 10,
      pauseRequested: false,
      resumedAt: now,
      ...(hopeless && spec.rollback === undefined
        ? { rollback: { at: now, by: 'somebody', summary: 'it does not work' } }
        : {}),
    };
  }

  #status(): RecordStatus | null {
    return recordPart<RecordStatus>(this.#world.simulator.set('web'), 'status');
  }

  /** The end; or a foreign template over a rollback, which is a rollout of its own: nobody can go on with this one. */
  #atRest(): boolean {
    const status = this.#status();
    if (status === null) return false;
    return isOver(status) || (status.reason === 'ForeignChange' && status.direction === 'back');
  }

  #words(): string {
    const { simulator } = this.#world;
    const set = simulator.set('web');
    const { phase = 'not begun', reason = '', message = '' } = this.#status() ?? {};
    const strategy = JSON.stringify(objectOf(set.spec).updateStrategy);
    return `no end: ${phase} ${reason} ${message}; ${this.#trace.pods()}; ${strategy} ${this.#errors.join(' | ')}`;
  }
}

/** The controller made a pod anew that we had taken, before it saw the fence. */
function isLostRace({ resource, before, after, user }: Write, truth: Truth): boolean {
  if (resource.plural !== 'pods' || before !== null || after === null || !isController(user)) return false;
  const { name, revision } = podFacts(after);
  return truth.wasTaken(name, undefined) && revision !== truth.set.updateRevision;
}

function lagOf({ faults, acts }: Schedule): number {
  const late = faults.some((fault) => ['late', 'lost', 'expired', 'cut', 'slow'].includes(fault));
  const frozen = acts.map((act) =>
    act.do === 'freeze' || act.do === 'overtake' ? act.ms : act.do === 'cut the watches' ? LATE_MS : 0,
  );
  const held = acts.some(({ when }) => 'slowMs' in when && when.slowMs > 0);
  return LAG_MS + (late ? 2 * LATE_MS : 0) + (held ? HELD_MS : 0) + Math.max(0, ...frozen);
}
