import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../src/executor/contract.ts';
import { type Inheritance, Succession } from '../../src/executor/succession.ts';

const HELD: Inheritance = { holder: { identity: 'bob@ci', since: 0 }, abandoned: false, begun: true };
const ABANDONED: Inheritance = { holder: null, abandoned: true, begun: true };
const RELEASED: Inheritance = { holder: null, abandoned: false, begun: true };

function heir(
  options: Partial<SessionOptions> = {},
  takeOver: () => Promise<string> = async () => 'executing here now',
) {
  const told: string[] = [];
  let tries = 0;
  const succession = new Succession({ execute: true, endOn: new Set(), ...options }, 0, {
    takeOver: () => {
      tries++;
      return takeOver();
    },
    tell: (text) => told.push(text),
    orphaned: (message) => told.push(message),
  });
  return { succession, told, tries: () => tries };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('whoever is to execute', () => {
  it('waits for the Lease of one that has just died, with a screen too', () => {
    const { succession, tries } = heir();
    expect(succession.watch(HELD, 1_000)).toBe(3_000);
    expect(tries()).toBe(0);
    succession.watch(ABANDONED, 16_000);
    expect(tries()).toBe(1);
  });

  it('leaves it to the person in front of the screen later on', () => {
    const { succession, tries } = heir();
    succession.watch(ABANDONED, 60_000);
    expect(tries()).toBe(0);
    const unattended = heir({ adopt: true });
    unattended.succession.watch(ABANDONED, 60_000);
    expect(unattended.tries()).toBe(1);
  });

  it('takes nothing that was given back: whoever had it stopped on purpose', () => {
    const { succession, tries } = heir({ adopt: true });
    succession.watch(RELEASED, 1_000);
    expect(tries()).toBe(0);
  });

  it('begins what it came to begin as soon as nobody is in the way, however long that takes', () => {
    const { succession, tries } = heir();
    expect(succession.watch({ ...HELD, begun: false }, 60_000)).toBe(62_000);
    succession.watch({ ...RELEASED, begun: false }, 62_000);
    expect(tries()).toBe(1);
  });

  it('tries again, not at once, where an attempt failed half-way and gave the Lease back', async () => {
    const { succession, told, tries } = heir({ adopt: true }, () => Promise.reject(new Error('reset')));
    expect(succession.watch(ABANDONED, 60_000)).toBe(62_000);
    expect(succession.watch(ABANDONED, 60_001)).toBeNull();
    await settled();
    expect(told).toEqual(['reset']);
    expect(succession.watch(RELEASED, 61_000)).toBe(62_000);
    succession.watch(RELEASED, 62_000);
    expect(tries()).toBe(2);
  });
});

describe('a viewer without keys', () => {
  it('ends when nobody has executed for 20 s', () => {
    const { succession, told, tries } = heir({ execute: false, endOn: new Set(['stopped']) });
    expect(succession.watch(ABANDONED, 1_000)).toBe(21_000);
    expect(told).toEqual([]);
    succession.watch(HELD, 5_000);
    expect(succession.watch(RELEASED, 6_000)).toBe(26_000);
    succession.watch(RELEASED, 26_000);
    expect(told).toEqual(['nobody executes this rollout any more; the set is held']);
    expect(tries()).toBe(0);
  });
});
