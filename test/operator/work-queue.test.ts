import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../src/operator/work-queue.ts';
import { VirtualClock } from '../../src/simulator/index.ts';

/** A queue whose work takes a second; `log` has when each began, in seconds. */
function queue(workers: number, fails: (key: string) => boolean = () => false) {
  const clock = new VirtualClock();
  const began = clock.now();
  const log: string[] = [];
  let most = 0;
  let now = 0;
  const made: WorkQueue = new WorkQueue(clock, workers, async (key) => {
    log.push(`${key}@${(clock.now() - began) / 1000}`);
    most = Math.max(most, ++now);
    await new Promise<void>((resolve) => clock.after(1_000, resolve));
    now--;
    if (fails(key)) made.retry(key);
    else made.forget(key);
  });
  return { clock, log, made, most: () => most };
}

describe('the work queue', () => {
  test('does a key once, however often it is asked for, and again where that came meanwhile', async () => {
    const { clock, log, made } = queue(4);
    for (let times = 0; times < 3; times++) made.add('a');
    clock.after(500, () => made.add('a'));
    await clock.run(clock.now() + 60_000);
    expect(log).toEqual(['a@0', 'a@1']);
  });

  test('works on as many at once as it has workers, and never twice on one', async () => {
    const { clock, log, made, most } = queue(2);
    for (const key of ['a', 'b', 'c', 'a', 'b']) made.add(key);
    await clock.run(clock.now() + 60_000);
    expect(most()).toBe(2);
    expect(log).toEqual(['a@0', 'b@0', 'c@1', 'a@1', 'b@2']);
  });

  test('tries a failure again later and later; another reason to look comes at once', async () => {
    let broken = true;
    const { clock, log, made } = queue(1, () => broken);
    made.add('a');
    await clock.run(clock.now() + 20_000);
    expect(log).toEqual(['a@0', 'a@2', 'a@5', 'a@10', 'a@19']);
    made.add('a');
    broken = false;
    await clock.run(clock.now() + 5_000);
    expect(log.at(-1)).toBe('a@20');
  });

  test('ends with what runs, and begins nothing more', async () => {
    const { clock, log, made } = queue(1);
    made.add('a');
    made.add('b');
    let closed = false;
    void made.close().then(() => {
      closed = true;
    });
    made.add('c');
    await clock.run(clock.now() + 500);
    expect(closed).toBe(false);
    await clock.run(clock.now() + 60_000);
    expect(closed).toBe(true);
    expect(log).toEqual(['a@0']);
  });
});
