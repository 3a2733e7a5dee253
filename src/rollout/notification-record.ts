import { z } from 'zod';

/** Who is told of a rollout: each hears every milestone once, in order, and by itself. */
export const NOTIFIER_NAMES = ['slack', 'callback'] as const;
export type NotifierName = (typeof NOTIFIER_NAMES)[number];

/** What people and other programs are told of: the moments of a rollout that change what they would do. */
export const MILESTONE_KINDS = [
  'started',
  'step',
  'paused',
  'resumed',
  'speed',
  /** The percentage asked for is reached, and held. */
  'held',
  /** Something went wrong, and nothing more is disrupted until somebody says go on. */
  'stopped',
  'rolling-back',
  'rolled-back',
  'complete',
] as const;
export type MilestoneKind = (typeof MILESTONE_KINDS)[number];

/** Those that another program acts on: start, steps and ends. The others are between people. */
export const CALLBACK_KINDS = [
  'started',
  'step',
  'held',
  'stopped',
  'rolling-back',
  'rolled-back',
  'complete',
] as const satisfies MilestoneKind[];

const time = z.iso.datetime({ offset: true });

/** Whole when it is noted: what is told later, by another executor, is the same to the letter. */
export const milestoneSchema = z.object({
  /** Counts from 1 in each rollout. */
  sequence: z.number().int().min(1),
  kind: z.enum(MILESTONE_KINDS),
  at: time,
  message: z.string(),
  /** Whose doing it was, where it was somebody's: "ann@laptop". */
  by: z.string().optional(),
  phase: z.string(),
  reason: z.string().optional(),
  /** Towards the version asked for, or back; the counts are of pods that have got there. */
  direction: z.enum(['forward', 'back']),
  counts: z.object({ replicas: z.number(), updated: z.number(), available: z.number(), broken: z.number() }).optional(),
  /** Pods that fail. */
  failed: z.array(z.object({ pod: z.string(), reason: z.string(), message: z.string() })).optional(),
  /** From eviction to Ready, longest first. */
  slowest: z.array(z.object({ pod: z.string(), ms: z.number() })).optional(),
  /** Who has not been told of it yet. */
  owedTo: z.array(z.enum(NOTIFIER_NAMES)),
});
export type Milestone = z.infer<typeof milestoneSchema>;

/** A message of an earlier rollout that nobody took while that one lasted. */
const carriedSchema = z.discriminatedUnion('to', [
  z.object({ to: z.literal('slack'), at: time, channel: z.string(), thread: z.string().optional(), text: z.string() }),
  z.object({
    to: z.literal('callback'),
    at: time,
    url: z.string(),
    signed: z.boolean(),
    key: z.string(),
    body: z.string(),
  }),
]);
export type Carried = z.infer<typeof carriedSchema>;

/** What has been told of a rollout, and what is owed: any executor goes on from here. */
export const notificationsSchema = z.object({
  /** The kubeconfig context in which the rollout was begun. */
  cluster: z.string(),
  /** The highest sequence given so far. */
  sequence: z.number().int().min(0),
  /** How it stood when milestones were last derived. */
  seen: z.object({
    phase: z.string(),
    reason: z.string().optional(),
    since: time,
    direction: z.enum(['forward', 'back']),
    maxUnavailable: z.string(),
    /** Of the last event of kind `step`. */
    stepAt: time.optional(),
  }),
  /** The message of this rollout that is edited in place: Slack's channel id and the message's ts. */
  slack: z.object({ channel: z.string(), ts: z.string() }).optional(),
  /** Oldest first. */
  owed: z.array(milestoneSchema),
  carried: z.array(carriedSchema).default([]),
});
export type Notifications = z.infer<typeof notificationsSchema>;

/** As in Kubernetes' own objects; a condition that does not hold is left out. */
export const conditionSchema = z.object({
  type: z.enum(['NotificationsFailing']),
  status: z.literal('True'),
  /** Who is not told: "slack". */
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: time,
});
export type Condition = z.infer<typeof conditionSchema>;
