import type { Blocker } from '../../src/rollout/decision.ts';
import type { Intent, Live, PodTiming, Session } from '../../src/rollout/live.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import type { PodDetails } from '../../src/rollout/pod-details.ts';
import type { RecordEvent } from '../../src/rollout/record.ts';
import { iso, live, NEW, OLD, pod, podDetails, timing, trouble } from './builders.ts';

/** A session that shows what a test puts there, and remembers what was asked of it. */
export class StillSession implements Session {
  readonly acts: Intent[] = [];
  readonly #listeners = new Set<() => void>();
  #live: Live;
  refuse: string | null = null;

  constructor(first: Live) {
    this.#live = first;
  }

  live(): Live {
    return this.#live;
  }

  show(next: Live): void {
    this.#live = next;
    for (const changed of this.#listeners) changed();
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  async act(intent: Intent): Promise<string> {
    this.acts.push(intent);
    if (this.refuse !== null) throw new Error(this.refuse);
    return `done: ${intent.kind}`;
  }

  async inspect(name: string): Promise<PodDetails> {
    if (this.refuse !== null) throw new Error(this.refuse);
    return podDetails({ log: { container: 'app', previous: false, lines: [`${name} says hello`, 'and goes on'] } });
  }
}

export interface StoryOptions {
  pods: number;
  maxUnavailable?: string;
  steps?: string[];
  /** The ordinal of a pod whose image cannot be pulled. */
  bad?: number;
  role?: 'executor' | 'viewer';
}

const DOWN_MS = 2000;
const START_MS = 4000;
const SOAK_MS = 2000;

interface Actor {
  pod: PodObservation;
  /** When the pod goes on to its next state; null: stays. */
  until: number | null;
}

/** A rollout that happens in time, and does what it is told: to look at the screen with. Not the engine's rules. */
export class StorySession implements Session {
  readonly #actors: Actor[];
  readonly #listeners = new Set<() => void>();
  readonly #timings = new Map<string, PodTiming>();
  readonly #events: RecordEvent[] = [];
  readonly #options: StoryOptions;
  readonly #started: number;
  #now: number;
  #speed: number;
  #step = 0;
  #direction: 'forward' | 'back' = 'forward';
  #paused: 'Requested' | 'StepReached' | 'PodFailed' | null = null;
  #tolerated = false;
  #notice: Live['notice'] = null;
  #endedAt: number | null = null;

  constructor(options: StoryOptions, now = Date.now()) {
    this.#options = options;
    this.#now = now;
    this.#started = now;
    this.#speed = Number.parseInt(options.maxUnavailable ?? '3', 10);
    this.#actors = Array.from({ length: options.pods }, (_, ordinal) => ({
      pod: pod(ordinal, { readySince: now - 3 * 3_600_000 }),
      until: null,
    }));
  }

  get over(): boolean {
    return this.#endedAt !== null;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  async act(intent: Intent): Promise<string> {
    const text = this.#obey(intent);
    this.#notice = { at: this.#now, text, bad: false };
    this.#tell();
    return text;
  }

  async inspect(): Promise<PodDetails> {
    return podDetails({ at: this.#now });
  }

  #obey(intent: Intent): string {
    switch (intent.kind) {
      case 'pause':
        this.#paused = 'Requested';
        return 'Paused: no further pod is touched.';
      case 'resume':
        this.#tolerated = this.#paused === 'PodFailed';
        this.#paused = null;
        return 'Going on.';
      case 'speed':
        this.#speed = Number.parseInt(intent.maxUnavailable, 10);
        return `Now ${intent.maxUnavailable} at once.`;
      case 'promote':
        this.#paused = null;
        this.#step += 1;
        return 'The next step begins.';
      case 'rollback':
        this.#direction = 'back';
        this.#paused = null;
        this.#note('rolling-back', 'alice@laptop rolls back');
        return 'Rolling back.';
      case 'takeover':
        return 'Executing here now.';
    }
  }

  /** Lets time go on to `now`. */
  advance(now: number): void {
    this.#now = now;
    if (this.#endedAt !== null) return;
    const target = this.#direction === 'forward' ? NEW : OLD;
    for (const actor of this.#actors) this.#age(actor, target);
    if (this.#paused === null) this.#replaceNext(target);
    this.#tell();
  }

  #age(actor: Actor, target: string): void {
    const { pod: current } = actor;
    if (actor.until === null || this.#now < actor.until) return;
    const at = actor.until;
    if (current.deleting) {
      const bad = target === NEW && current.ordinal === this.#options.bad;
      actor.pod = pod(current.ordinal, {
        revision: target,
        uid: `${current.ordinal}-${target}-${at}`,
        ready: false,
        notReadySince: at,
        createdAt: at,
        trouble: bad ? trouble({ since: at - 31_000 }) : null,
      });
      actor.until = bad ? null : at + START_MS * (0.75 + (current.ordinal % 5) / 8);
      this.#timings.set(current.name, timing({ goneAt: at - DOWN_MS, downMs: DOWN_MS }));
      return;
    }
    actor.pod = { ...current, ready: true, readySince: at, notReadySince: null, containers: { total: 1, ready: 1 } };
    actor.until = null;
    const startMs = at - current.createdAt;
    const goneAt = current.createdAt - DOWN_MS;
    const parts = { scheduleMs: startMs * 0.05, pullMs: startMs * 0.4 };
    this.#timings.set(current.name, timing({ goneAt, downMs: DOWN_MS, startMs, ...parts, availableAt: at + SOAK_MS }));
  }

  #replaceNext(target: string): void {
    const failed = this.#actors.find((actor) => actor.pod.trouble !== null && actor.pod.revision === target);
    if (failed !== undefined && !this.#tolerated) {
      this.#paused = 'PodFailed';
      this.#note('failed', `${failed.pod.name} does not start: ImagePullBackOff`);
      return;
    }
    const goal = this.#goal();
    const turn = this.#actors.toReversed().slice(0, goal);
    const left = turn.filter((actor) => actor.pod.revision !== target && !actor.pod.deleting);
    if (left.length === 0 && turn.every((actor) => this.#available(actor) || actor.pod.trouble !== null))
      this.#reached(goal);
    const broken = left.filter((actor) => actor.pod.trouble !== null);
    const room =
      this.#speed - this.#actors.filter((actor) => !this.#available(actor) && actor.pod.trouble === null).length;
    for (const { pod: next } of [
      ...broken,
      ...left.filter((actor) => actor.pod.trouble === null).slice(0, Math.max(0, room)),
    ]) {
      const actor = this.#actors[next.ordinal];
      if (actor === undefined) continue;
      actor.pod = { ...next, deleting: true, deletingSince: this.#now };
      actor.until = this.#now + DOWN_MS;
    }
  }

  #reached(goal: number): void {
    if (goal === this.#actors.length) {
      this.#endedAt = this.#now;
      this.#note('end', this.#direction === 'forward' ? 'complete' : 'rolled back');
      return;
    }
    this.#paused = 'StepReached';
    this.#note('step', `step ${this.#step + 1} reached: ${goal} of ${this.#actors.length} pods`);
  }

  #available(actor: Actor): boolean {
    const { ready, readySince, deleting } = actor.pod;
    return ready && !deleting && readySince !== null && this.#now - readySince >= SOAK_MS;
  }

  #goal(): number {
    if (this.#direction === 'back') return this.#actors.length;
    const share = this.#options.steps?.[this.#step];
    return share === undefined
      ? this.#actors.length
      : Math.ceil((this.#actors.length * Number.parseFloat(share)) / 100);
  }

  live(): Live {
    const ended = this.#endedAt !== null;
    const phase = ended
      ? this.#direction === 'forward'
        ? 'Complete'
        : 'RolledBack'
      : this.#paused !== null
        ? 'Paused'
        : this.#direction === 'forward'
          ? 'Progressing'
          : 'RollingBack';
    const failed = this.#actors
      .filter((actor) => actor.pod.trouble !== null)
      .map(({ pod: { name, uid } }) => ({
        pod: name,
        uid,
        reason: 'ImagePullBackOff',
        message: 'app: Back-off pulling image "registry.corp/app:1.9.0": manifest unknown',
      }));
    const busy = this.#actors
      .filter((actor) => !this.#available(actor))
      .map((actor) => actor.pod.name)
      .toReversed();
    const blockers: Blocker[] =
      phase === 'Progressing' && busy.length >= this.#speed
        ? [{ code: 'budget', message: `all ${this.#speed} of the budget are in use`, pods: busy }]
        : [];
    return live({
      pods: this.#actors.map((actor) => actor.pod),
      spec: {
        steps: this.#options.steps ?? [],
        promotedStep: this.#step,
        maxUnavailable: String(this.#speed),
        minReady: '2s',
        ...(this.#paused === 'Requested' ? { pauseRequested: true, pausedBy: 'alice@laptop' } : {}),
      },
      status: {
        phase,
        reason: this.#paused ?? undefined,
        direction: this.#direction,
        step: this.#step,
        startedAt: iso(this.#started),
        since: iso(this.#started),
        endedAt: this.#endedAt === null ? undefined : iso(this.#endedAt),
        failed,
        tolerated: this.#tolerated ? failed.map((each) => each.uid) : [],
        events: this.#events.slice(-20),
      },
      blockers,
      plan: {
        budget: this.#speed,
        next: this.#actors
          .toReversed()
          .filter((actor) => this.#available(actor) && actor.pod.revision === OLD)
          .slice(0, 1)
          .map((actor) => actor.pod.name),
      },
      live: {
        at: this.#now,
        role: this.#options.role ?? 'executor',
        connection: { state: 'live', heardAt: this.#now, detail: null },
        notice: this.#notice,
        timings: this.#timings,
      },
    });
  }

  #note(kind: string, message: string): void {
    this.#events.push({ at: iso(this.#now), kind, message });
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}
