import { z } from 'zod';
import { celPattern } from './cel.ts';
import { DURATION_PATTERN, durationSchema } from './duration.ts';
import { gateFactsSchema, hookStatusSchema } from './gate-facts.ts';
import { hooksSchema, serviceDiscoverySchema, stepGateSchema } from './gate-spec.ts';
import type { Json } from './json.ts';
import { conditionSchema, notificationsSchema } from './notification-record.ts';
import { countOrPercentSchema } from './percent.ts';

/**
 * The record of a rollout: what is wanted (`spec`, which every hand may edit) and how it stands (`status`, which only
 * the executor writes). It lives in annotations of the StatefulSet, one each for spec, status and origin, so that an
 * edit of the spec and a write of the status never overwrite each other; and the status travels in the same patch as
 * the fence, so that what we wrote and what we meant by it are one object revision.
 */
export const RECORD_SCHEMA_VERSION = 1;

export const ANNOTATIONS = {
  spec: 'rollouts.bedrock.dev/spec',
  status: 'rollouts.bedrock.dev/status',
  /** The template and strategy to go back to: written once, and not with every move of the fence. */
  origin: 'rollouts.bedrock.dev/origin',
} as const;

/** The field manager of every write of ours. */
export const FIELD_MANAGER = 'kubectl-bedrock';

/** A partition that no StatefulSet reaches: holds every pod, also those of a scale-up (design, F2). */
export const HOLD_ALL = 32767;

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const time = z.iso.datetime({ offset: true });

/** What to roll out. `template` is the whole pod template wanted; absent for `pending`, where the set has it already. */
const targetSchema = z.object({
  kind: z.enum(['image', 'file', 'restart', 'revision', 'pending']),
  /** For people: "app=web:2", "web.yaml", "revision 4". */
  summary: z.string(),
  template: json.optional(),
  /** Of kind `file`: what is sent by server-side apply, without updateStrategy and replicas. */
  manifest: json.optional(),
  force: z.boolean().optional(),
});

export const specSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  rolloutIdentity: z.string().describe('A new value is a new rollout.'),
  target: targetSchema,
  percent: z.number().min(0).max(100).default(100).describe('Of all pods, how many may get the new version: 0 to 100.'),
  steps: z
    .array(countOrPercentSchema)
    .default([])
    .describe('Cumulative steps on the way to percent, as numbers of pods or percentages. Empty: one step.'),
  stepPause: z
    .union([z.literal('manual'), durationSchema])
    .default('manual')
    .describe('What ends a step: manual (promote), or a time after the step was reached, such as 10m.')
    .meta(celPattern(`^(manual|${DURATION_PATTERN})$`, 'manual, or a duration such as 30s, 5m or 1h30m')),
  promotedStep: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Index of the highest step that somebody let begin; the first is 0.'),
  maxUnavailable: countOrPercentSchema
    .default('1')
    .describe(
      'So many pods may be unavailable at one time: a number, or a percentage, rounded down, of at least 1 pod.',
    ),
  minPodEvictionInterval: durationSchema
    .default('0s')
    .describe('At least so long from one disruption of a pod to the next.'),
  minReady: durationSchema
    .default('5s')
    .describe("A pod counts after so long of unbroken Ready, or the set's minReadySeconds where that is more."),
  disrupt: z
    .enum(['evict', 'delete'])
    .default('evict')
    .describe('How pods are taken away: evict keeps PodDisruptionBudgets, delete does not ask them.'),
  strategy: z
    .enum(['fence', 'on-delete'])
    .default('fence')
    .describe(
      'fence: by the partition, so that no pod changes version before its turn. on-delete: for sets that must stay ' +
        'OnDelete; a pod that dies by itself comes back at the new version.',
    ),
  hold: z
    .boolean()
    .default(false)
    .describe(
      'Leave the set held at the end, so that only a rollout changes its pods, instead of putting its own strategy back.',
    ),
  progressDeadline: durationSchema.default('10m').describe('Without progress for so long, the rollout stops.'),
  failurePolicy: z
    .enum(['pause', 'rollback'])
    .default('pause')
    .describe('What to do when failureThreshold is reached: stop, or go back to the version before.'),
  failureThreshold: countOrPercentSchema
    .default('1')
    .describe('So many failed pods of the new version stop the rollout (or turn it round): a number, or a percentage.'),
  brokenFirst: z
    .boolean()
    .default(true)
    .describe('Broken old pods go first, wherever their ordinal; or only when their turn comes.'),
  serviceDiscovery: serviceDiscoverySchema.optional().describe('A replaced pod counts once these services have it.'),
  gates: z
    .array(stepGateSchema)
    .optional()
    .describe('Questions to Prometheus, asked between steps and all along: what does not pass holds.'),
  hooks: hooksSchema
    .optional()
    .describe('The application itself is asked for each pod: before it goes, and after its replacement is Ready.'),
  ignoreNotBefore: z.boolean().optional().describe('Take pods away although an annotation says not before a time.'),
  pauseRequested: z.boolean().default(false).describe('Disrupt no more pods, until this is false again.'),
  pausedBy: z.string().optional().describe('Who asked for the pause.'),
  editedBy: z.string().optional().describe('Who made the last edit.'),
  slackChannel: z.string().optional().describe('Told in Slack: "#deploys", or the id of a channel.'),
  slackApprovers: z.array(z.string()).optional().describe("Slack user ids that may press the message's buttons."),
  /** Told by HTTP POST. `signed`: with BEDROCK_CALLBACK_SECRET, so whoever executes must have it. */
  callback: z.object({ url: z.string(), signed: z.boolean() }).optional(),
  resumedAt: time
    .optional()
    .describe(
      "A stop (failure, deadline, someone else's change) that happened before this moment has been answered: go on.",
    ),
  rollback: z
    .object({
      at: time.describe('When it was asked for.'),
      by: z.string().describe('Who asked for it.'),
      template: json
        .optional()
        .describe('The whole pod template to go back to; that of before the rollout where it is left out.'),
      summary: z.string().describe('What is gone back to, in words.'),
    })
    .optional()
    .describe('Go back. Never cleared: a second one changes nothing.'),
});

export const PHASES = [
  'Pending',
  'Settling',
  'Progressing',
  'Paused',
  'RollingBack',
  'Complete',
  'RolledBack',
] as const;
export type Phase = (typeof PHASES)[number];

/** Why a rollout is Paused. */
export const PAUSE_REASONS = [
  'Requested',
  'StepReached',
  'PercentReached',
  'PodFailed',
  'PodStuck',
  'GateFailed',
  'ProgressDeadline',
  'ForeignChange',
  'Forbidden',
  'SetGone',
  'SettleTimeout',
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

const fenceSchema = z.object({
  type: z.enum(['RollingUpdate', 'OnDelete']),
  /** An index, not an ordinal; null under OnDelete. */
  partition: z.number().int().nullable(),
});

const failedPodSchema = z.object({
  pod: z.string(),
  /** Of the pod; `create NAME` where the pod could not be made. */
  uid: z.string(),
  reason: z.string(),
  message: z.string(),
  /** The last lines of the container that failed, and the pod's last warnings: few, short and clean; once read. */
  log: z.array(z.string()).optional(),
  warnings: z.array(z.string()).optional(),
});

const eventSchema = z.object({ at: time, kind: z.string(), pod: z.string().optional(), message: z.string() });

export const statusSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  /** The spec.rolloutIdentity that this status speaks of. */
  rolloutIdentity: z.string(),
  phase: z.enum(PHASES),
  /** Towards the version asked for, or back to the origin: a Paused rollout may be either. */
  direction: z.enum(['forward', 'back']),
  reason: z.enum(PAUSE_REASONS).optional(),
  /** The reason in words. */
  message: z.string().optional(),
  /** When this phase (and reason) began. */
  since: time,
  startedAt: time,
  startedBy: z.string(),
  endedAt: time.optional(),
  /** When the executor last wrote this. */
  updatedAt: time.optional(),
  setUid: z.string(),
  /** ControllerRevision names. `revision` is null until the controller has reported it (design, F8). */
  target: z.object({ revision: z.string().nullable(), templateHash: z.string().nullable() }),
  /** The last complete revision, before the rollout. */
  originRevision: z.string(),
  /** Every revision that counted as a target of this rollout: the forward one first, then those of rollbacks. */
  forwardRevision: z.string().nullable(),
  /** What we last wrote into spec.updateStrategy; null before the first write. */
  fence: fenceSchema.nullable(),
  /** The generation that the controller must have observed before a pod is disrupted (design, F8). */
  mustSee: z.number().int(),
  /** The one pod for which the fence leads. */
  led: z.object({ pod: z.string(), uid: z.string() }).nullable(),
  /** Pods out of order that we ourselves brought to the target (the detour, on-delete): ordinals. */
  placed: z.array(z.number().int()).default([]),
  step: z.number().int().default(0),
  stepReachedAt: time.optional(),
  /** The number of pods for which all objects were last seen: another spec.replicas means that a scale is under way. */
  replicas: z.number().int(),
  /** spec.ordinals.start when the rollout began: partitions count from it. */
  start: z.number().int(),
  lastDisruptionAt: time.optional(),
  lastProgressAt: time,
  /** The latest end of a grace that was seen to run: a pod may take all of it to stop. */
  graceUntil: time.optional(),
  /** The most pods that were at the target and available at one time: more is progress. */
  progress: z.number().int().default(0),
  /** uids of failed or stuck pods that somebody has seen and told to go on with. */
  tolerated: z.array(z.string()).default([]),
  failed: z.array(failedPodSchema).default([]),
  lostRaces: z.array(z.object({ pod: z.string(), uid: z.string(), at: time })).default([]),
  leaks: z.array(z.object({ pod: z.string(), uid: z.string(), at: time })).default([]),
  counts: z
    .object({
      replicas: z.number(),
      updated: z.number(),
      available: z.number(),
      unavailable: z.number(),
      broken: z.number(),
    })
    .optional(),
  /** How long a pod took to stop and to start, the medians in milliseconds: the next plan is predicted from it. */
  measured: z.object({ pods: z.number().int(), downMs: z.number(), startMs: z.number() }).optional(),
  held: z.boolean().default(false),
  /** What gates said last, where there are any: for those who only watch. */
  gates: gateFactsSchema.optional(),
  /** How many pods service discovery had passing before the first one was disrupted. */
  passingAtStart: z.number().int().optional(),
  /** What hooks answered: another executor need not ask again. */
  hooks: hookStatusSchema.optional(),
  /** The last ones, oldest first. */
  events: z.array(eventSchema).default([]),
  /** Only those that hold. */
  conditions: z.array(conditionSchema).optional(),
  /** Absent where nobody is to be told. */
  notifications: notificationsSchema.optional(),
});

/** What to go back to. */
export const originSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  rolloutIdentity: z.string(),
  revision: z.string(),
  template: json,
  /** spec.updateStrategy as it was, to be put back at the end; null where the set had none. */
  updateStrategy: json,
});

export type RecordSpec = z.infer<typeof specSchema>;
export type RecordStatus = z.infer<typeof statusSchema>;
export type RecordOrigin = z.infer<typeof originSchema>;
export type RecordEvent = z.infer<typeof eventSchema>;
export type FailedPod = z.infer<typeof failedPodSchema>;
export type Fence = z.infer<typeof fenceSchema>;

/** `status` is null where nobody has executed this spec yet. */
export interface RolloutRecord {
  spec: RecordSpec;
  status: RecordStatus | null;
  origin: RecordOrigin | null;
}
