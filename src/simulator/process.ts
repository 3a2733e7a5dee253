import type { SimulatorClock } from './clock.ts';
import { StatusError } from './status.ts';

/** How long a call takes to arrive, and its answer to come back, in milliseconds. */
export type Latency = () => number;

/** One call of a controller, done in the moment it arrives. */
export type Call<T = unknown> = () => T;
export type Outcome<T = unknown> = { value: T; error: null } | { value: null; error: StatusError };

/**
 * A controller's work on one key: it yields the calls that it makes at once, and goes on with their outcomes when all
 * have been answered. So a sync takes time and others act in between, without a promise.
 */
export type Process<T> = Generator<readonly Call[], T, readonly Outcome[]>;

/** Runs a process to its end; `done` gets what it returned, or the StatusError that it did not catch. */
export function start<T>(
  clock: SimulatorClock,
  latency: Latency,
  process: Process<T>,
  done: (outcome: Outcome<T>) => void,
): void {
  const resume = (outcomes: readonly Outcome[]): void => {
    const next = advance(process, outcomes);
    if (next.error !== null) {
      done({ value: null, error: next.error });
      return;
    }
    if (next.value.done) {
      done({ value: next.value.value, error: null });
      return;
    }
    const calls = next.value.value;
    const answers: Outcome[] = [];
    let open = calls.length;
    if (open === 0) clock.schedule(0, () => resume([]));
    calls.forEach((call, index) => {
      clock.schedule(latency(), () => {
        answers[index] = attempt(call);
        open--;
        if (open === 0) clock.schedule(latency(), () => resume(answers));
      });
    });
  };
  resume([]);
}

/** One call; throws what it was refused with. */
export function* call<T>(run: Call<T>): Process<T> {
  const outcome = (yield [run])[0] as Outcome<T>;
  if (outcome.error !== null) throw outcome.error;
  return outcome.value as T;
}

function advance<T>(process: Process<T>, outcomes: readonly Outcome[]): Outcome<IteratorResult<readonly Call[], T>> {
  return attempt(() => process.next(outcomes));
}

function attempt<T>(call: Call<T>): Outcome<T> {
  try {
    return { value: call(), error: null };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { value: null, error };
  }
}
