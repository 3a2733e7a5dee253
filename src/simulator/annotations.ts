const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration ("1.5s", "2m30s") in milliseconds; null where it is none. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    sum += Number(count) * (UNITS[unit] ?? 0);
  }
  return sum;
}

/**
 * How long a pod takes: a Go duration, or two of them ("2s..6s"), between which each `uid` has a place of its own. In
 * milliseconds; null where it is neither.
 */
export function parseSpan(text: string, uid: string): number | null {
  const [low = null, high = low, ...more] = text.split('..').map(parseDuration);
  if (low === null || high === null || more.length > 0) return null;
  return low + (high - low) * shareOf(uid);
}

/** From 0 to 1, the same for the same text (FNV-1a). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash / 0xffffffff;
}

/** A Kubernetes quantity of CPU ("2", "250m") in cores. */
export function parseCpu(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text || 0);
}
