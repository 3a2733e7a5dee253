/** What holds the pace: how many pods go at once, that OrderedReady stops one at a time, or `--interval`. */
export type Limit = 'budget' | 'termination' | 'interval';

export interface Pace {
  /** Pods at once. */
  budget: number;
  /** Milliseconds from one disruption to the next, at least. */
  intervalMs: number;
  /** OrderedReady: the next pod goes only when the last one's replacement object is there (design, F5). */
  stopsOneAtATime: boolean;
}

/** One pod's replacement, in milliseconds. */
export interface Sample {
  /** From its eviction to the replacement object. */
  downMs: number;
  /** From the replacement object until it counts: start, soak and gates. */
  upMs: number;
}

/** How far it is. */
export interface Course {
  /** Pods whose turn has not come. */
  waiting: number;
  /** For each pod on its way: milliseconds since it began to go. */
  busy: readonly number[];
  /** Milliseconds until the next pod may go, whatever the budget. */
  notBeforeMs: number;
}

/** Milliseconds from now. */
export interface Forecast {
  likelyMs: number;
  /** Eight times in ten it ends between these two. */
  lowMs: number;
  highMs: number;
  limit: Limit;
  /** Pods that this rests on. */
  samples: number;
}

/** How far one pod's time is from the mean, as a share of it, before pods have shown it. */
const PRIOR_SPREAD = 0.3;
/** Of the normal distribution: eight in ten lie within so many standard deviations. */
const EIGHTY_PERCENT = 1.28;
/** What is left of a pod that takes longer than it should, as a share of what it should take. */
const OVERDUE = 0.15;
/** One that hangs for longer than so many times the slowest has a trouble of its own, and says nothing of the others. */
const HANGS = 3;

/**
 * When the last pod will be counted, from how long others took. Pure arithmetic: pods are replaced in lanes, as many as
 * may go at once; the spread is that of a mean, so it narrows with the pods seen, and with the pods still to come.
 * @returns null where nothing was timed, or nothing is left
 */
export function forecast(course: Course, pace: Pace, timed: readonly Sample[]): Forecast | null {
  const left = course.waiting + course.busy.length;
  if (timed.length === 0 || left === 0) return null;
  const samples = [...timed, ...expected(course.busy, timed)];
  const cycle = {
    downMs: mean(samples.map(({ downMs }) => downMs)),
    upMs: mean(samples.map(({ upMs }) => upMs)),
  };
  const wavesLeft = Math.max(1, left / pace.budget);
  const spread = deviation(samples) * Math.sqrt(1 / wavesLeft + 1 / timed.length) * EIGHTY_PERCENT;
  const at = (factor: number) => finishMs(course, pace, { downMs: cycle.downMs * factor, upMs: cycle.upMs * factor });
  // of pods that go together the last one ends the wave, and it is a slow one
  const slowest = Math.max(...samples.map(({ downMs, upMs }) => downMs + upMs)) - cycle.downMs - cycle.upMs;
  const together = Math.min(pace.budget, left);
  const straggler = slowest * (together / (together + 1));
  const likelyMs = at(1) + straggler / 2;
  return {
    likelyMs,
    lowMs: Math.min(likelyMs, at(Math.max(0.1, 1 - spread))),
    highMs: Math.max(likelyMs, at(1 + spread) + straggler),
    limit: limitOf(pace, cycle),
    samples: timed.length,
  };
}

/**
 * What the pods on their way will take, as far as they are slower than usual already: of the first pods that go together
 * the quick ones are timed first, and alone they would promise too much.
 */
function expected(busy: readonly number[], timed: readonly Sample[]): Sample[] {
  const usualDownMs = mean(timed.map(({ downMs }) => downMs));
  const wholes = timed.map(({ downMs, upMs }) => downMs + upMs);
  const longest = Math.max(...wholes);
  return busy.map((elapsed) => {
    const slower = wholes.filter((whole) => whole > elapsed);
    const whole = slower.length > 0 ? mean(slower) : Math.min(elapsed * (1 + OVERDUE), longest * HANGS);
    return { downMs: usualDownMs, upMs: Math.max(0, whole - usualDownMs) };
  });
}

/** When the last pod is counted if each takes exactly `cycle`, in milliseconds. */
export function finishMs(course: Course, pace: Pace, cycle: Sample): number {
  const whole = cycle.downMs + cycle.upMs;
  const busy = course.busy.map((elapsed) => Math.max(whole - elapsed, whole * OVERDUE)).sort((a, b) => a - b);
  // of more pods on their way than may be, the first to arrive make no room
  const over = Math.max(0, busy.length - pace.budget);
  const free = [...Array.from({ length: Math.max(0, pace.budget - busy.length) }, () => 0), ...busy.slice(over)];
  const apart = apartMs(pace, cycle);
  let end = busy.at(-1) ?? 0;
  let next = course.notBeforeMs;
  for (let pod = 0; pod < course.waiting; pod++) {
    const start = Math.max(next, free[pod] ?? 0);
    next = start + apart;
    end = Math.max(end, start + whole);
    // all take the same time, so lanes become free in the order in which they were taken
    free.push(start + whole);
  }
  return end;
}

/** The narrowest of what lets pods go. */
export function limitOf(pace: Pace, cycle: Sample): Limit {
  const lane = (cycle.downMs + cycle.upMs) / pace.budget;
  const stopping = pace.stopsOneAtATime ? cycle.downMs : 0;
  if (pace.intervalMs > 0 && pace.intervalMs >= Math.max(lane, stopping)) return 'interval';
  return stopping >= lane ? 'termination' : 'budget';
}

function apartMs(pace: Pace, cycle: Sample): number {
  return Math.max(pace.intervalMs, pace.stopsOneAtATime ? cycle.downMs : 0);
}

/** The standard deviation of a pod's whole time as a share of the mean; few samples are not believed to be alike. */
function deviation(samples: readonly Sample[]): number {
  const wholes = samples.map(({ downMs, upMs }) => downMs + upMs);
  const middle = mean(wholes);
  if (middle === 0) return 0;
  const squares = wholes.reduce((sum, ms) => sum + ((ms - middle) / middle) ** 2, 0);
  return Math.sqrt((squares + PRIOR_SPREAD ** 2) / samples.length);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
