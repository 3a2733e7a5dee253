import { describe, expect, it } from 'vitest';
import { Timings } from '../../src/executor/timings.ts';
import type { PodObservation } from '../../src/rollout/observation.ts';
import { fresh, going, NOW, pod } from '../rollout/builders.ts';

const ROLLOUT = { soakMs: 5000, startedAt: NOW, target: 'web-new', isGated: (_: PodObservation) => false };
const at = (seconds: number) => NOW + seconds * 1000;

/** Shows the pod at these seconds, one look each. */
function watched(looks: [number, PodObservation | null][], rollout = ROLLOUT) {
  const timings = new Timings();
  for (const [seconds, seen] of looks) {
    timings.update({ pods: seen === null ? [] : [seen], set: { start: 0, replicas: 1 } }, rollout, at(seconds));
  }
  return timings.all().get('web-0');
}

const unscheduled = fresh(0, { ready: false, createdAt: at(4), scheduledAt: null, runningAt: null });
const scheduled = { ...unscheduled, scheduledAt: at(6) };
const running = { ...scheduled, runningAt: at(16) };
const ready = { ...running, ready: true, readySince: at(25), notReadySince: null };

describe('Timings', () => {
  it('times a replacement stage by stage, as it is seen', () => {
    const looks: [number, PodObservation | null][] = [
      [-1, pod(0)],
      [0, going(0, { deletingSince: at(0) })],
      [3, null],
      [4, unscheduled],
      [6, scheduled],
      [16, running],
      [25, ready],
    ];
    expect(watched(looks.slice(0, 4))).toMatchObject({ goneAt: at(0), downMs: 4000, startMs: null, scheduleMs: null });
    expect(watched(looks)).toEqual({
      goneAt: at(0),
      downMs: 4000,
      scheduleMs: 2000,
      pullMs: 10_000,
      startMs: 21_000,
      availableAt: null,
    });
    expect(watched([...looks, [30, ready]])?.availableAt).toBe(at(30));
  });

  it('counts a pod when its gates agree, and then for good', () => {
    let gated = true;
    const timings = new Timings();
    const see = (seconds: number) => {
      const set = { start: 0, replicas: 1 };
      timings.update({ pods: [ready], set }, { ...ROLLOUT, isGated: () => gated }, at(seconds));
      return timings.all().get('web-0');
    };
    expect(see(40)?.availableAt, 'soaked, and not found by service discovery').toBeNull();
    gated = false;
    const counted = see(47);
    expect(counted?.availableAt).toBe(at(47));
    gated = true;
    expect(see(60)).toBe(counted);
  });

  it('does not time a pod that merely is there', () => {
    expect(watched([[0, pod(0)]])).toBeUndefined();
  });

  it('knows of pods that were replaced before we looked what their objects tell', () => {
    expect(watched([[60, ready]])).toEqual({
      goneAt: null,
      downMs: null,
      scheduleMs: 2000,
      pullMs: 10_000,
      startMs: 21_000,
      availableAt: at(60),
    });
    expect(watched([[60, { ...ready, createdAt: at(-10) }]]), 'made before the rollout').toBeUndefined();
  });

  it('keeps what was measured when the pod is not Ready any more', () => {
    const before: [number, PodObservation | null][] = [
      [0, going(0, { deletingSince: at(0) })],
      [4, unscheduled],
      [25, ready],
      [30, ready],
    ];
    const after = watched([...before, [40, { ...ready, ready: false, readySince: null, notReadySince: at(40) }]]);
    expect(after).toMatchObject({ startMs: 21_000, availableAt: at(30) });
  });

  it('times a pod that vanished at once from when it was missed', () => {
    expect(
      watched([
        [0, pod(0)],
        [2, null],
        [4, unscheduled],
      ]),
    ).toMatchObject({ goneAt: at(2), downMs: 2000 });
  });

  it('times no pod that leaves with a scale-down, nor the one that comes with a scale-up', () => {
    const timings = new Timings();
    const see = (pods: PodObservation[], replicas: number, seconds: number) =>
      timings.update({ pods, set: { start: 0, replicas } }, ROLLOUT, at(seconds));
    see([pod(0), pod(1)], 2, 0);
    see([pod(0), going(1)], 1, 1);
    see([pod(0)], 1, 5);
    see([pod(0), fresh(1, { ready: false, createdAt: at(600) })], 2, 600);
    expect(timings.all().get('web-1')?.downMs ?? null).toBeNull();
  });

  it('never changes a picture that was given away', () => {
    const timings = new Timings();
    const see = (seen: PodObservation, seconds: number) =>
      timings.update({ pods: [seen], set: { start: 0, replicas: 1 } }, ROLLOUT, at(seconds));
    see(going(0, { deletingSince: at(0) }), 0);
    see(unscheduled, 4);
    const early = timings.all();
    see(ready, 25);
    expect(early.get('web-0')?.startMs).toBeNull();
  });
});
