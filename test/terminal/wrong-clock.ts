/**
 * Loaded before a program: its calendar is ahead of the machine's by CLOCK_AHEAD_MS (or behind, where that is below 0), as
 * on a laptop whose clock is wrong. Timers and performance.now() go on evenly, as they do there.
 */
const aheadMs = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const right = Date;

if (aheadMs !== 0) {
  globalThis.Date = new Proxy(right, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [right.now() + aheadMs] : given, newTarget),
    apply: () => new right(right.now() + aheadMs).toString(),
    get: (target, name) => (name === 'now' ? () => right.now() + aheadMs : Reflect.get(target, name)),
  });
}
