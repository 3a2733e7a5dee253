import { describe, expect, it } from 'vitest';
import { applyIntent } from '../../src/rollout/intent.ts';
import type { Intent } from '../../src/rollout/live.ts';
import { NOW, record, type Scene } from './builders.ts';

const apply = (scene: Scene, intent: Intent) =>
  applyIntent(record(scene), intent, 'bob@ci', NOW, scene.set?.replicas ?? 12);

describe('what a person wants becomes an edit of the spec', () => {
  it('pause says who', () => {
    expect(apply({}, { kind: 'pause' }).spec).toMatchObject({ pauseRequested: true, pausedBy: 'bob@ci' });
    expect(apply({ spec: { pauseRequested: true } }, { kind: 'pause' }).unchanged).toBe(true);
  });
  it('resume ends a pause and answers a stop', () => {
    const { spec } = apply({ spec: { pauseRequested: true, pausedBy: 'ann' } }, { kind: 'resume' });
    expect(spec).toMatchObject({ pauseRequested: false, resumedAt: '2026-11-25T12:00:00.000Z' });
    expect(spec.pausedBy).toBeUndefined();
  });
  it('promote lets the next step begin', () => {
    expect(apply({ spec: { steps: ['1', '25%', '100%'] } }, { kind: 'promote' }).spec.promotedStep).toBe(1);
    expect(
      apply({ spec: { steps: ['1', '25%', '100%'], promotedStep: 1 } }, { kind: 'promote' }).spec.promotedStep,
    ).toBe(2);
  });
  it('promote after the percentage goes to 100 %', () => {
    expect(apply({ spec: { percent: 25 } }, { kind: 'promote' }).spec).toMatchObject({ percent: 100, promotedStep: 0 });
    expect(apply({ spec: { percent: 25, steps: ['1'] }, status: { step: 1 } }, { kind: 'promote' }).spec).toMatchObject(
      { percent: 100, promotedStep: 1 },
    );
  });
  it('promote to a percentage lets every step up to it begin', () => {
    expect(apply({ spec: { percent: 25, steps: ['1'] } }, { kind: 'promote', percent: 50 }).spec).toMatchObject({
      percent: 50,
      promotedStep: 1,
    });
  });
  it('promote downwards is refused: that would be a rollback', () => {
    const counts = { replicas: 12, updated: 6, available: 12, unavailable: 0, broken: 0 };
    expect(apply({ spec: { percent: 50 }, status: { counts } }, { kind: 'promote', percent: 25 })).toMatchObject({
      unchanged: true,
    });
  });
  it('a second rollback changes nothing and says how to go forward', () => {
    const rollback = { at: '2026-11-25T11:00:00.000Z', by: 'ann', summary: 'asked to' };
    const edit = apply({ spec: { rollback } }, { kind: 'rollback' });
    expect(edit.unchanged).toBe(true);
    expect(edit.message).toContain('--to-revision');
  });
  it('a rollback ends a pause', () => {
    expect(apply({ spec: { pauseRequested: true } }, { kind: 'rollback' }).spec).toMatchObject({
      pauseRequested: false,
      rollback: { by: 'bob@ci' },
    });
  });
  it('after the end only a rollback has a meaning', () => {
    expect(apply({ status: { phase: 'Complete' } }, { kind: 'pause' }).unchanged).toBe(true);
    expect(apply({ status: { phase: 'Complete' } }, { kind: 'rollback' }).unchanged).toBe(false);
  });
});
