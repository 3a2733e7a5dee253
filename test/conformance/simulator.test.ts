import { describe, test } from 'vitest';
import { Simulator, VirtualClock } from '../../src/simulator/index.ts';
import { CASES } from './cases.ts';
import { evaluateCel } from './cel.ts';
import { Kit } from './kit.ts';

/** More than any case waits, in virtual time. */
const LONGEST_MS = 600_000;

describe.each(['1.34', '1.37'] as const)('the simulator as %s', (version) => {
  test.each(CASES.filter(({ only }) => only === undefined || only === version))('$name', async ({ run }) => {
    const clock = new VirtualClock();
    const simulator = new Simulator({ seed: 1, version, clock, allEvents: true, cel: evaluateCel });
    let over = false;
    const running = run(new Kit(simulator.api(), version, 'default')).finally(() => {
      over = true;
    });
    // Its failure is told below, after the clock has stopped.
    running.catch(() => undefined);
    await clock.run(clock.now() + LONGEST_MS, () => over);
    if (!over) throw new Error(`it still waits after ${LONGEST_MS} ms`);
    await running;
  });
});
