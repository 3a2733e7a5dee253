import { formatDuration } from './duration.ts';

/** What is known to be wrong with the StatefulSet controller of a server version ("v1.28.2"), for people. */
export function serverNotes(version: string | null): string[] {
  const parsed = version === null ? null : parseVersion(version);
  if (parsed === null) return [];
  const known = KNOWN.filter(
    ({ minor, from, below }) => minor === parsed.minor && parsed.patch >= from && parsed.patch < below,
  ).map(({ note }) => note);
  const unsupported =
    parsed.minor < OLDEST_MINOR
      ? [`older than 1.${OLDEST_MINOR}, the oldest that is supported: try it on a set that may fail first`]
      : [];
  return [...unsupported, ...known].map((note) => `the server is ${version}: ${note}`);
}

/** So far apart two clocks are told of (case D15): a Date header names whole seconds, and travels. */
const SKEW_TOLD_MS = 30_000;

/** @param skewMs how far this machine's clock is ahead of the API server's. @returns what to know of it, for people */
export function clockNotes(skewMs: number): string[] {
  if (Math.abs(skewMs) <= SKEW_TOLD_MS) return [];
  const apart = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the API server's`;
  return [
    `this machine's clock is ${apart}: all times and waits here go by the API server's; set this machine's right, or credentials that are made by its time may be refused`,
  ];
}

/** Of Kubernetes 1. */
const OLDEST_MINOR = 29;

const PARTITION_REGRESSION =
  'its controller may bring a pod below the partition back at the NEW version (kubernetes#119685), so a held pod that dies may leak: keep pauses short, and look at `status` after a drain';

/** Fixed by kubernetes#120731, in 1.27.8, 1.28.4 and 1.29.0. */
const KNOWN = [
  { minor: 27, from: 0, below: 8, note: PARTITION_REGRESSION },
  { minor: 28, from: 0, below: 4, note: PARTITION_REGRESSION },
  {
    minor: 35,
    from: 0,
    below: 4,
    note: 'maxUnavailable of StatefulSets is on in 1.35.0 to 1.35.3 and off again from 1.35.4; the rollout does not depend on it',
  },
];

function parseVersion(version: string): { minor: number; patch: number } | null {
  const match = /^v?1\.(\d+)\.(\d+)/.exec(version);
  return match === null ? null : { minor: Number(match[1]), patch: Number(match[2]) };
}
