import fc from 'fast-check';

/** A whole story: a set, a rollout, what people do meanwhile, and what goes wrong. Times are milliseconds from the start. */
export interface Schedule {
  seed: number;
  version: '1.34' | '1.37';
  policy: 'Parallel' | 'OrderedReady';
  replicas: number;
  ordinalsStart: number;
  minReadySeconds: number;
  own: 'RollingUpdate' | 'OnDelete';
  startMs: number;
  stopMs: number;
  maxUnavailable: string;
  percent: number;
  minReady: string;
  disrupt: 'evict' | 'delete';
  /** A PodDisruptionBudget that allows so many to be unavailable; null for none. */
  pdb: number | null;
  newImage: 'app:2' | 'app:bad' | 'app:crash' | 'app:never';
  failurePolicy: 'pause' | 'rollback';
  acts: Act[];
  faults: FaultKind[];
}

export type Act = { at: number } & (
  | { kind: 'pause' | 'resume' | 'promote' | 'rollback' | 'kill' | 'leave' | 'second' | 'drain' | 'foreign' }
  | { kind: 'speed'; maxUnavailable: string }
  | { kind: 'scale'; by: number }
  | { kind: 'crash' | 'delete'; pod: number }
);

export type FaultKind = 'cut' | 'expired' | 'conflict' | 'overloaded' | 'internal' | 'lost' | 'late' | 'twice';

/** Acts and faults end here; from then on the rollout must come to its end. */
export const CALM_MS = 60_000;

const at = fc.integer({ min: 0, max: CALM_MS - 1 });
const budget = fc.constantFrom('1', '2', '3', '30%', '100%');

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ at, kind: fc.constantFrom('pause', 'resume', 'promote', 'kill', 'leave', 'second', 'drain') }),
  fc.record({ at, kind: fc.constantFrom('rollback', 'foreign') }),
  fc.record({ at, kind: fc.constant('speed' as const), maxUnavailable: budget }),
  fc.record({ at, kind: fc.constant('scale' as const), by: fc.integer({ min: -2, max: 3 }) }),
  fc.record({ at, kind: fc.constantFrom('crash', 'delete'), pod: fc.nat({ max: 8 }) }),
) as fc.Arbitrary<Act>;

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat({ max: 1_000_000 }),
  version: fc.constantFrom('1.34', '1.37'),
  policy: fc.constantFrom('Parallel', 'OrderedReady'),
  replicas: fc.integer({ min: 1, max: 8 }),
  ordinalsStart: fc.constantFrom(0, 0, 5),
  minReadySeconds: fc.constantFrom(0, 0, 2),
  own: fc.constantFrom('RollingUpdate', 'RollingUpdate', 'OnDelete'),
  startMs: fc.integer({ min: 100, max: 4000 }),
  stopMs: fc.integer({ min: 150, max: 3000 }),
  maxUnavailable: budget,
  percent: fc.constantFrom(25, 50, 100, 100),
  minReady: fc.constantFrom('0s', '1s', '5s'),
  disrupt: fc.constantFrom('evict', 'evict', 'delete'),
  pdb: fc.constantFrom(null, null, 1, 2),
  newImage: fc.constantFrom('app:2', 'app:2', 'app:2', 'app:2', 'app:bad', 'app:crash', 'app:never'),
  failurePolicy: fc.constantFrom('pause', 'rollback'),
  acts: fc.array(act, { maxLength: 5 }).map((acts) => acts.toSorted((a, b) => a.at - b.at)),
  faults: fc.subarray(['cut', 'expired', 'conflict', 'overloaded', 'internal', 'lost', 'late', 'twice'], {
    maxLength: 3,
  }),
}) as fc.Arbitrary<Schedule>;
