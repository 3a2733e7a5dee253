import type { Write } from '../../src/simulator/index.ts';
import { podFacts, setFacts } from './facts.ts';
import { budget } from './invariants/budget.ts';
import { fence } from './invariants/fence.ts';
import { gates } from './invariants/gates.ts';
import { honest } from './invariants/honest.ts';
import { once } from './invariants/once.ts';
import { isOver } from './invariants/over.ts';
import { pause } from './invariants/pause.ts';
import { percent } from './invariants/percent.ts';
import { resume } from './invariants/resume.ts';
import type { Invariant, Rule } from './invariants/rule.ts';
import { seen } from './invariants/seen.ts';
import { single } from './invariants/single.ts';
import { isController, isOurs, type Taking, Truth } from './truth.ts';
import type { World } from './world.ts';

export interface Violation {
  invariant: Invariant;
  message: string;
  /** Milliseconds from the start of the rollout. */
  at: number;
}

/** Holds every write of the API server's history against every invariant. */
export class Watchdog {
  readonly violations: Violation[] = [];
  readonly truth: Truth;
  readonly #rules: readonly Rule[] = [budget, percent, fence, pause, gates, seen, once(), single, honest, resume];
  readonly #began: number;
  readonly #led = new Set<string>();

  constructor(
    { simulator, outside }: Pick<World, 'simulator' | 'outside'>,
    lagMs: number,
    private readonly told: (violation: Violation) => void,
  ) {
    this.truth = new Truth(simulator.set('web'), simulator.pods(), lagMs, outside);
    this.#began = simulator.clock.now();
    simulator.history.onWrite((write) => {
      this.truth.now = write.at;
      if (write.resource.plural === 'statefulsets') this.#judgeSet(write);
      if (write.resource.plural === 'pods') this.#judgePod(write);
      this.truth.advance(write);
    });
  }

  readonly report = (invariant: Invariant, message: string | null | undefined): void => {
    if (message == null) return;
    const violation = { invariant, message, at: Math.round(this.truth.now - this.#began) };
    this.violations.push(violation);
    this.told(violation);
  };

  #judgeSet(write: Write): void {
    if (write.before === null || write.after === null) return;
    const after = setFacts(write.after);
    if (after.status?.led != null) this.#led.add(after.status.led.uid);
    if (!isOurs(write.user)) return;
    const facts = { before: this.truth.set, after, user: write.user, write };
    for (const rule of this.#rules) this.report(rule.name, rule.wrote?.(facts, this.truth));
  }

  #judgePod({ before, after, user, at }: Write): void {
    if (before === null || before.metadata.deletionTimestamp !== undefined) return;
    if (after !== null && after.metadata.deletionTimestamp === undefined) return;
    const pod = podFacts(before);
    if (isOurs(user)) this.#judgeTaking({ at, pod, by: user });
    if (!isController(user) || !this.#isSwept(pod)) return;
    // the fence leads for this one, so the controller's hand is ours
    if (this.#led.has(pod.uid)) this.#judgeTaking({ at, pod, by: 'controller' });
    else for (const rule of this.#rules) this.report(rule.name, rule.swept?.(pod, this.truth));
  }

  #judgeTaking(taking: Taking): void {
    for (const rule of this.#rules) this.report(rule.name, rule.taken?.(taking, this.truth));
    this.truth.take(taking);
  }

  /** Old and alive, and not in the way of a scale. */
  #isSwept(pod: Taking['pod']): boolean {
    const { set } = this.truth;
    if (set.status === null || isOver(set.status) || !this.truth.inRange(pod)) return false;
    return pod.revision !== set.updateRevision && pod.phase !== 'Failed' && pod.phase !== 'Succeeded';
  }
}
