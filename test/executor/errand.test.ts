import { describe, expect, it } from 'vitest';
import { Errand } from '../../src/executor/errand.ts';
import type { RolloutRecord } from '../../src/rollout/record.ts';
import { ORIGIN, spec } from '../rollout/builders.ts';

const REF = { namespace: 'default', name: 'web' };

function stored(identity: string, image: string, parts: Partial<RolloutRecord['spec']> = {}): RolloutRecord {
  const target = { kind: 'image', summary: `app=${image}`, template: { image } } as const;
  return { spec: spec({ rolloutIdentity: identity, target, ...parts }), status: null, origin: null };
}

function errand(found: RolloutRecord | null): Errand {
  const errand = new Errand({ spec: stored('ours', 'app:2').spec, origin: ORIGIN }, REF);
  errand.found(found);
  return errand;
}

describe('what a session came to begin', () => {
  it('is still to be done where nothing, or only the rollout from before, is there', () => {
    for (const before of [null, stored('before', 'app:1'), stored('before', 'app:2')]) {
      const { isBegun, isSuperseded } = judged(errand(before), before);
      expect({ isBegun, isSuperseded }).toEqual({ isBegun: false, isSuperseded: false });
    }
  });

  it('is begun by us, or by one who came with the same errand at the same time', () => {
    for (const now of [stored('ours', 'app:2'), stored('theirs', 'app:2')]) {
      expect(judged(errand(null), now)).toEqual({ isBegun: true, isSuperseded: false });
    }
  });

  it('is superseded by another version, and by a rollout that goes back', () => {
    const back = { at: '2026-01-01T00:00:00Z', by: 'bob', summary: 'app=app:1' };
    for (const now of [stored('theirs', 'app:3'), stored('theirs', 'app:2', { rollback: back })]) {
      expect(judged(errand(null), now)).toEqual({ isBegun: false, isSuperseded: true });
    }
  });

  it('of two restarts at once is one', () => {
    const restart = (identity: string, at: string) =>
      stored(identity, at, { target: { kind: 'restart', summary: 'restart', template: { restartedAt: at } } });
    const second = new Errand({ spec: restart('ours', '12:00:01').spec, origin: ORIGIN }, REF);
    second.found(null);
    expect(judged(second, restart('theirs', '12:00:00'))).toEqual({ isBegun: true, isSuperseded: false });
  });

  it('is done where there was nothing to begin', () => {
    expect(judged(new Errand(undefined, REF), null)).toEqual({ isBegun: true, isSuperseded: false });
  });
});

function judged(errand: Errand, record: RolloutRecord | null) {
  return { isBegun: errand.isBegun(record), isSuperseded: errand.isSuperseded(record) };
}
