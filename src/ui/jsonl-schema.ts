import { z } from 'zod';
import { PAUSE_REASONS, PHASES } from '../rollout/record.ts';
import { POD_STATES } from './pod-state.ts';

/** Raised when a field changes its meaning or goes; new fields and kinds may come within a version. */
export const JSONL_SCHEMA_VERSION = 1;

const base = {
  schemaVersion: z.literal(JSONL_SCHEMA_VERSION),
  /** By the API server's clock. */
  time: z.iso.datetime(),
  namespace: z.string(),
  statefulSet: z.string(),
};

const counts = z.object({
  replicas: z.number().int(),
  /** At the wanted revision and counted as available. */
  updated: z.number().int(),
  /** Starting, soaking, terminating or missing. */
  onTheWay: z.number().int(),
  old: z.number().int(),
  broken: z.number().int(),
  /** New before their turn, or at a third revision. */
  outOfTurn: z.number().int(),
});

const phase = {
  phase: z.enum(PHASES).nullable(),
  reason: z.enum(PAUSE_REASONS).nullable(),
  message: z.string().nullable(),
};

const pace = z.object({
  step: z.number().int(),
  steps: z.number().int(),
  /** Pods that may be at the wanted revision in this step. */
  goal: z.number().int(),
  /** Pods that may be unavailable. */
  maxUnavailable: z.number().int(),
});

const command = z.object({ what: z.string(), command: z.string() });

/** One line of `-o jsonl`. */
export const jsonlSchema = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    kind: z.literal('started'),
    context: z.string(),
    server: z.string(),
    role: z.enum(['executor', 'viewer']),
    /** "statefulsetrollout/web", where one decides about the set; null where none does. */
    decidedBy: z.string().nullable(),
    /** "app 1.8.2 -> 1.9.0" */
    change: z.array(z.string()),
    direction: z.enum(['forward', 'back']),
    counts,
    pace,
  }),
  z.object({
    ...base,
    kind: z.literal('pod'),
    pod: z.string(),
    uid: z.string().nullable(),
    state: z.enum(POD_STATES),
    /** What it was before; null for a pod not seen before. */
    before: z.enum(POD_STATES).nullable(),
    /** Which version: old, new, back, third, or "-". */
    version: z.string(),
    revision: z.string().nullable(),
    message: z.string(),
    node: z.string().nullable(),
    downMs: z.number().nullable(),
    startMs: z.number().nullable(),
    counts,
  }),
  z.object({ ...base, kind: z.literal('phase'), ...phase, direction: z.enum(['forward', 'back']), counts, pace }),
  z.object({
    ...base,
    kind: z.literal('blocked'),
    /** All that holds now; empty once nothing does. */
    blockers: z.array(z.object({ code: z.string(), message: z.string(), pods: z.array(z.string()) })),
  }),
  z.object({
    ...base,
    kind: z.literal('event'),
    /** Of the record, or `connection`, `hands`, `pace`, `notice` of this viewer. */
    event: z.string(),
    pod: z.string().nullable(),
    message: z.string(),
    /** When it happened, where that was before this line. */
    at: z.iso.datetime(),
  }),
  z.object({
    ...base,
    kind: z.literal('heartbeat'),
    ...phase,
    connection: z.enum(['live', 'connecting', 'broken']),
    counts,
    waitsFor: z.string(),
    /** Milliseconds to the end of this step; eight times in ten it lies between `low` and `high`. null: a guess. */
    eta: z.object({ likely: z.number(), low: z.number(), high: z.number() }).nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal('end'),
    /** `done`: the rollout (or the view of it) ended by itself; `interrupted`: we were told to leave. */
    how: z.enum(['done', 'interrupted']),
    ...phase,
    held: z.boolean(),
    counts,
    elapsedMs: z.number().nullable(),
    slowest: z.object({ pod: z.string(), ms: z.number() }).nullable(),
    summary: z.string(),
    next: z.array(command),
    /** The same with kubectl alone. */
    nextPlain: z.array(command),
  }),
]);

export type JsonlLine = z.infer<typeof jsonlSchema>;
