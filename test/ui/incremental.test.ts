import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Live, PodTiming } from '../../src/rollout/live.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import { statesOf } from '../../src/ui/states.ts';
import { rangesOf } from '../../src/ui/tui/pods/ranges.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { goingPod, iso, live, NEW, NOW, newPod, OLD, pod, startingPod, timing, trouble } from './builders.ts';

const PODS = 12;

const MAKE: ((ordinal: number, at: number) => PodObservation | null)[] = [
  (ordinal) => pod(ordinal),
  (ordinal, at) => newPod(ordinal, { uid: `${ordinal}-${at}`, readySince: at - 3000 }),
  (ordinal, at) => newPod(ordinal, { uid: `${ordinal}-${at}`, readySince: at }),
  (ordinal, at) => startingPod(ordinal, { uid: `${ordinal}-${at}`, createdAt: at, notReadySince: at }),
  (ordinal, at) => startingPod(ordinal, { uid: `${ordinal}-${at}`, trouble: trouble({ since: at - 25_000 }) }),
  (ordinal, at) => goingPod(ordinal, { deletingSince: at }),
  (ordinal) => pod(ordinal, { ready: false, notReadySince: NOW - 1000 }),
  (ordinal) => pod(ordinal, { revision: 'web-third' }),
  () => null,
];

const ordinal = fc.integer({ min: 0, max: PODS - 1 });
const name = ordinal.map((of) => `web-${of}`);

/** What is another thing in one picture than in the one before. */
const change = fc.record({
  afterMs: fc.integer({ min: 0, max: 8000 }),
  pods: fc.array(fc.tuple(ordinal, fc.integer({ min: 0, max: MAKE.length - 1 })), { maxLength: 4 }),
  timed: fc.array(fc.tuple(name, fc.integer({ min: 1, max: 3 })), { maxLength: 2 }),
  untimed: fc.option(name, { nil: null, freq: 6 }),
  next: fc.array(name, { maxLength: 3 }),
  led: fc.option(ordinal, { nil: null, freq: 4 }),
  leaked: fc.option(ordinal, { nil: null, freq: 3 }),
  accepted: fc.option(ordinal, { nil: null, freq: 3 }),
  replicas: fc.constantFrom(PODS, PODS, PODS, PODS - 2),
  start: fc.constantFrom(0, 0, 0, 1),
  back: fc.constantFrom(false, false, false, true),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The pictures of a rollout in which pods that do not change stay the very same objects. */
function pictures(changes: readonly Change[]): Live[] {
  const pods = new Map(Array.from({ length: PODS }, (_, of) => [of, pod(of)]));
  let timings = new Map<string, PodTiming>();
  let at = NOW;
  return changes.map((each) => {
    at += each.afterMs;
    for (const [of, how] of each.pods) {
      const made = MAKE[how]?.(of, at) ?? null;
      if (made === null) pods.delete(of);
      else pods.set(of, made);
    }
    timings = new Map(timings);
    if (each.untimed !== null) timings.delete(each.untimed);
    for (const [of, downMs] of each.timed) timings.set(of, timing({ downMs }));
    const podOf = (of: number | null) => (of === null ? undefined : pods.get(of));
    const [led, leaked, accepted] = [podOf(each.led), podOf(each.leaked), podOf(each.accepted)];
    return live({
      pods: [...pods.values()],
      replicas: each.replicas,
      set: { start: each.start },
      spec: { minReady: '2s', steps: ['50%', '100%'] },
      status: {
        direction: each.back ? 'back' : 'forward',
        phase: each.back ? 'RollingBack' : 'Progressing',
        target: { revision: each.back ? OLD : NEW, templateHash: 'h' },
        led: led === undefined ? null : { pod: led.name, uid: led.uid },
        leaks: leaked === undefined ? [] : [{ pod: leaked.name, uid: leaked.uid, at: iso(NOW) }],
      },
      asked: { accepted: accepted === undefined ? [] : [{ pod: accepted.name, uid: accepted.uid, target: null }] },
      plan: { next: each.next, budget: 2 },
      live: { at, timings },
    });
  });
}

describe('a picture that is made of the one before', () => {
  it('says what one says that is made anew', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 2, maxLength: 8 }), (changes) => {
        const all = pictures(changes);
        const shown = all.map((each) => viewModel(each));
        // with objects of its own, and so without anything that is known of them
        const anew = all.map((each) => viewModel(structuredClone(each)));
        expect(shown).toEqual(anew);
        for (const { rows } of shown) expect(statesOf(rows)).toEqual(rows.map(({ state }) => state));
      }),
      { numRuns: 300 },
    );
  });

  it('tells of a pod that it is out of turn, though nothing else of it has changed', () => {
    const pods = Array.from({ length: 4 }, (_, of) => newPod(of));
    const stateOf = (leaks: { pod: string; uid: string; at: string }[]) =>
      viewModel(live({ pods, spec: { steps: ['50%', '100%'] }, status: { leaks } })).rows.at(-1)?.state;
    const leak = { pod: 'web-0', uid: pods[0]?.uid ?? '', at: iso(NOW) };
    expect([stateOf([]), stateOf([leak]), stateOf([])]).toEqual(['updated', 'stray', 'updated']);
  });

  it('keeps the rows of pods that stay as they are', () => {
    const pods = Array.from({ length: 4 }, (_, of) => pod(of));
    const before = viewModel(live({ pods }));
    const after = viewModel(live({ pods: [...pods.slice(0, 3), newPod(3)], live: { at: NOW + 1000 } }));
    expect(after.rows.map((row, place) => row === before.rows[place])).toEqual([false, true, true, true]);
  });
});

describe('the ranges of the bar', () => {
  const states = ['old', 'updated', 'broken'] as const;

  it('hold each pod once, those of one multiple together, in no more lines than there are', () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 });
    const all = fc
      .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 200 }))
      .map(([low, length]) => Array.from({ length }, (_, place) => low + place));
    fc.assert(
      fc.property(fc.oneof(some, all), fc.integer({ min: 1, max: 30 }), (ordinals, lines) => {
        const { rows } = viewModel(live({ pods: [pod(0)] }));
        const [like] = rows;
        if (like === undefined) throw new Error('there is a pod');
        const made = ordinals
          .toSorted((a, b) => b - a)
          .map((of) => ({ ...like, ordinal: of, state: states[of % 3] ?? 'old' }));
        const ranges = rangesOf(made, lines);
        expect(ranges.length).toBeLessThanOrEqual(lines);
        expect(ranges.flatMap((range) => range.states)).toEqual(made.map(({ state }) => state));
        const within = ranges.map(({ high, low }) => made.filter(({ ordinal: of }) => of <= high && of >= low).length);
        expect(within).toEqual(ranges.map((range) => range.states.length));
      }),
    );
  });
});
