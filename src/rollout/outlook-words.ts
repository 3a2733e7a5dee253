import { formatDuration } from './duration.ts';
import type { Faster } from './faster.ts';
import type { Forecast } from './forecast.ts';

/** Two ends that are nearer than this are one time: "about 2m". */
const WIDE = 1.4;
/** Nobody plans by a spread of seconds. */
const SHORT_MS = 30_000;

/** "about 1m20s"; where the spread is wide "1m20s to 2m". */
export function forecastWords({ likelyMs, lowMs, highMs }: Pick<Forecast, 'likelyMs' | 'lowMs' | 'highMs'>): string {
  const wide = highMs > SHORT_MS && highMs > lowMs * WIDE;
  return wide ? `${roundWords(lowMs)} to ${roundWords(highMs)}` : `about ${roundWords(likelyMs)}`;
}

/** As exact as an estimate can be: whole seconds below 20 s, then 5 s, 10 s, minutes. */
export function roundWords(ms: number): string {
  const to = ms < 20_000 ? 1000 : ms < 60_000 ? 5000 : ms < 600_000 ? 10_000 : 60_000;
  return formatDuration(Math.max(to, Math.round(ms / to) * to));
}

/** What would end it earlier, or what is in the way: "speed 4 -> 8 ends 6m earlier". */
export function fasterWords(faster: Faster): string[] {
  return [...limitWords(faster), ...soakWords(faster)];
}

function limitWords({ limit, speed, downMs }: Faster): string[] {
  switch (limit) {
    case 'termination':
      return [`OrderedReady: termination is the limit, ${roundWords(downMs)} for each pod, one at a time`];
    case 'interval':
      return ['--interval is the limit: more at once would not end it earlier'];
    case 'budget':
      return speed === null ? [] : [`speed ${speed.from} -> ${speed.to} ends ${roundWords(speed.savesMs)} earlier`];
  }
}

/** From this share of a pod's time on, the soak is what makes it long. */
const MOSTLY = 0.5;

function soakWords({ limit, soakMs, cycleMs }: Faster): string[] {
  if (limit === 'interval' || cycleMs === 0 || soakMs < cycleMs * MOSTLY) return [];
  return [
    `${formatDuration(soakMs)} of a pod's ${formatDuration(cycleMs)} are its soak (--min-ready, minReadySeconds)`,
  ];
}
