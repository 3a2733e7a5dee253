import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../src/cluster/server-clock.ts';

const START = Date.parse('2026-11-25T10:00:00.500Z');

function make() {
  let monotonic = 1000;
  const clock = new ServerClock(
    () => monotonic,
    () => START + monotonic - 1000,
  );
  return {
    clock,
    pass: (ms: number) => {
      monotonic += ms;
    },
    hear: (ms: number, tripMs = 0) => clock.heard(new Date(ms).toUTCString(), tripMs),
  };
}

describe('ServerClock', () => {
  it('begins with this machine’s time and goes on evenly', () => {
    const { clock, pass } = make();
    expect(clock.now()).toBe(START);
    pass(1500);
    expect(clock.now()).toBe(START + 1500);
  });

  it('takes less than two seconds, or less than the answer travelled, as the same time', () => {
    const { clock, hear } = make();
    hear(START + 1900);
    expect(clock.now()).toBe(START);
    hear(START - 28_000, 30_000);
    expect(clock.now()).toBe(START);
  });

  it('takes the first answer as it is, also where it is behind', () => {
    const { clock, hear } = make();
    clock.now();
    hear(START - 300_500);
    expect(clock.now()).toBe(START - 300_000);
    expect(clock.skewMs).toBe(300_000);
  });

  it('never goes back after that: it runs at half speed until the server has caught up', () => {
    const { clock, hear, pass } = make();
    hear(START);
    clock.now();
    hear(START - 10_500);
    const seen: number[] = [];
    for (let second = 0; second < 30; second++) {
      pass(1000);
      seen.push(clock.now());
    }
    expect(seen[0]).toBe(START + 500);
    expect(seen.every((now, index) => index === 0 || now > (seen[index - 1] ?? 0))).toBe(true);
    expect(seen.at(-1)).toBe(START - 10_000 + 30_000);
  });

  it('ignores a Date that is none', () => {
    const { clock } = make();
    clock.heard('yesterday', 0);
    expect(clock.now()).toBe(START);
  });
});
