import { expect, test } from 'vitest';
import { LookTimer } from '../../src/executor/look-timer.ts';
import { VirtualClock } from '../../src/simulator/index.ts';

/** When looks were taken, in milliseconds since the start. */
function start() {
  const clock = new VirtualClock();
  const from = clock.now();
  const looks: number[] = [];
  const timer = new LookTimer(clock, () => looks.push(clock.now() - from));
  return { clock, timer, looks, run: (ms: number) => clock.run(from + ms) };
}

test('many reasons in one turn are one look', async () => {
  const { timer, looks, run } = start();
  timer.soon();
  timer.soon();
  timer.seen(1000, true);
  await run(0);
  expect(looks).toEqual([0]);
});

test('of a thousand pods, a burst of changes is one look, 20 ms after the last one; a first change does not wait', async () => {
  const { clock, timer, looks, run } = start();
  for (const ms of [0, 3, 7, 15, 100]) clock.after(ms, () => timer.seen(1000, true));
  await run(200);
  expect(looks).toEqual([0, 20, 100]);
});

test('what nothing follows from waits longer, but not once something does', async () => {
  const { clock, timer, looks, run } = start();
  for (const ms of [0, 3, 40]) clock.after(ms, () => timer.seen(1000, false));
  clock.after(57, () => timer.seen(1000, true));
  clock.after(90, () => timer.seen(1000, false));
  clock.after(95, () => timer.seen(1000, true));
  await run(300);
  expect(looks).toEqual([0, 50, 70, 95]);
});

test('however many pods there are, a turn is looked at within 100 ms', async () => {
  const { clock, timer, looks, run } = start();
  for (const ms of [0, 3]) clock.after(ms, () => timer.seen(10_000, true));
  await run(500);
  expect(looks).toEqual([0, 100]);
});

test('of a few pods each change is looked at at once', async () => {
  const { clock, timer, looks, run } = start();
  for (const ms of [0, 3, 7, 15]) clock.after(ms, () => timer.seen(12, true));
  await run(200);
  expect(looks).toEqual([0, 3, 7, 15]);
});

test('an answer does not wait for the burst to end, and the look for it is the burst’s', async () => {
  const { clock, timer, looks, run } = start();
  for (const ms of [0, 3]) clock.after(ms, () => timer.seen(1000, true));
  clock.after(5, () => timer.soon());
  await run(200);
  expect(looks).toEqual([0, 5]);
});

test('the earliest time counts, and none after the end', async () => {
  const { clock, timer, looks, run } = start();
  const now = clock.now();
  timer.at(now + 50, now);
  timer.at(now + 30, now);
  timer.at(null, now);
  await run(40);
  expect(looks).toEqual([30]);
  timer.at(now + 60, clock.now());
  timer.cancel();
  await run(100);
  expect(looks).toEqual([30]);
});
