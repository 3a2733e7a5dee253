import { z } from 'zod';
import { celPattern } from './cel.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

const A_DURATION = 'a duration such as 30s, 5m or 1h30m';

/** isDuration as a regular expression of JSON Schema, without anchors. */
export const DURATION_PATTERN = '(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)';

/** A duration as Kubernetes and Go write it: "90s", "1h30m", "500ms", and days besides; a bare 0 is none. */
export const durationSchema = z
  .string()
  .refine(isDuration, { error: A_DURATION })
  .meta(celPattern(`^${DURATION_PATTERN}$`, A_DURATION));

export function isDuration(text: string): boolean {
  return text === '0' || WHOLE.test(text);
}

/** Milliseconds of a duration. @throws RangeError where it is none */
export function durationMs(text: string): number {
  if (!isDuration(text)) throw new RangeError(`${JSON.stringify(text)} is not a duration such as 30s, 5m or 1h30m`);
  let sum = 0;
  for (const [, count, unit] of text.matchAll(PART)) sum += Number(count) * UNITS[unit as keyof typeof UNITS];
  return sum;
}

/** For people, two units at most: "350ms", "9s", "2m10s", "3h", "12d". */
export function formatDuration(ms: number): string {
  if (ms < 0) return formatDuration(0);
  if (ms > 0 && ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'm');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
