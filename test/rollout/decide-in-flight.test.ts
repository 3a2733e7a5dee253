import { describe, expect, it } from 'vitest';
import { HOLD_ALL } from '../../src/rollout/record.ts';
import { acts, decideOn, fenced, fresh, going, pod, pods, record, type Scene } from './builders.ts';

/** What must not be begun while something else is on its way. */
const ROLLBACK = { at: '2026-11-25T11:59:00.000Z', by: 'ann@laptop', summary: 'asked to' };
const taken = (ordinal: number) => ({ pod: `web-${ordinal}`, uid: `uid-${ordinal}`, target: 'web-new' });

describe('while a fence follows', () => {
  const half = (asked: Scene['asked']): Scene => ({
    spec: { percent: 25, maxUnavailable: '4' },
    pods: [...pods(3), going(3)],
    asked: { accepted: [taken(3)], writing: 'fence', ...asked },
  });

  it('the pod that it follows counts for the percent already', () => {
    expect(acts(decideOn(half({ lowering: 3 })))).toEqual([]);
    expect(acts(decideOn(half({ lowering: null })))).toEqual([]);
  });

  it('so does one that somebody else is taking away', () => {
    expect(acts(decideOn(half({ accepted: [], lowering: 3 })))).toEqual([]);
  });

  it('an old pod that it is about to expose is not taken: the fence is raised first', () => {
    const scene: Scene = { pods: pods(4), asked: { writing: 'fence', lowering: 3 } };
    expect(acts(decideOn(scene))).toEqual([]);
    expect(acts(decideOn({ pods: pods(4), set: { strategy: fenced(3) } }))).toEqual([
      `raise RollingUpdate/${HOLD_ALL}`,
    ]);
  });
});

describe('while a pod is asked for', () => {
  const asked = { disrupting: true };

  it('no template is written: the pod would come back at a version that nobody meant', () => {
    expect(acts(decideOn({ spec: { rollback: ROLLBACK }, asked }))).toEqual([]);
    expect(acts(decideOn({ spec: { rollback: ROLLBACK } }))).toEqual([`rollback RollingUpdate/${HOLD_ALL} +template`]);
    const toZero: Scene = { spec: { percent: 50 }, set: { replicas: 0 }, status: { replicas: 4 }, pods: [] };
    expect(acts(decideOn({ ...toZero, asked }))).toEqual([]);
    expect(acts(decideOn(toZero))).toEqual([`zero RollingUpdate/${HOLD_ALL} +template`]);
  });

  it('the fence leads for no other one', () => {
    const scene: Scene = {
      spec: { disrupt: 'delete' },
      pods: [...pods(3), pod(3, { vanishesAtOnce: true })],
    };
    expect(acts(decideOn({ ...scene, asked }))).toEqual([]);
    expect(acts(decideOn(scene))).toEqual(['lead RollingUpdate/3']);
  });

  it('the set does not become OnDelete for the sake of a broken one', () => {
    const broken = { ready: false, restarts: 3 } as const;
    const scene: Scene = { pods: [pod(0, broken), ...pods(4).slice(1)] };
    expect(acts(decideOn({ ...scene, asked }))).toEqual([]);
    expect(acts(decideOn(scene))).toEqual(['detour OnDelete/null']);
  });
});

it('does not take a rollout for one that never began while its first write is on the way', () => {
  const scene: Scene = {
    spec: { rollback: ROLLBACK },
    status: { phase: 'Pending', fence: null, target: { revision: null, templateHash: null } },
    asked: { writing: 'start' },
  };
  expect(decideOn(scene).outcome).toBeNull();
  expect(decideOn({ ...scene, asked: {} }).outcome).toBe('rolled-back');
  expect(record(scene).status.phase).toBe('Pending');
});

it('counts what is at the new version once', () => {
  const scene: Scene = { spec: { percent: 50 }, set: { strategy: fenced(2) }, pods: [...pods(2), fresh(2), fresh(3)] };
  expect(acts(decideOn(scene))).toEqual([]);
});

it('keeps a led pod led when it raises the fence above a stray below it', () => {
  const led = { pod: 'web-2', uid: 'uid-2' };
  const scene: Scene = { set: { strategy: fenced(1) }, status: { led }, pods: [...pods(3), fresh(3)] };
  const [raise] = decideOn(scene).actions;
  expect(raise).toMatchObject({ what: 'raise', strategy: { partition: 2 }, then: { led } });
});
