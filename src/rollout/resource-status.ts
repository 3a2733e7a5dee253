import { z } from 'zod';
import { PAUSE_REASONS, PHASES } from './record.ts';

const time = z.iso.datetime({ offset: true });

/** Types of conditions, as the API conventions want them: each is there, with True, False or Unknown. */
export const RESOURCE_CONDITIONS = ['Progressing', 'Available', 'Degraded', 'Held', 'NotificationsFailing'] as const;
export type ResourceConditionType = (typeof RESOURCE_CONDITIONS)[number];

/** The form of metav1.Condition. */
export const resourceConditionSchema = z.object({
  type: z
    .enum(RESOURCE_CONDITIONS)
    .describe(
      'Progressing: a rollout is under way and moves. Available: no more pods are unavailable than maxUnavailable allows. ' +
        'Degraded: something needs a person (the spec cannot be followed, a pod failed, a gate failed). Held: the set ' +
        'changes through this resource only. NotificationsFailing: Slack or the call-back is not told.',
    ),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  observedGeneration: z.number().int().min(0).optional().describe('metadata.generation that this was said of.'),
  lastTransitionTime: time.describe('When status last changed.'),
  reason: z
    .string()
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .max(1024)
    .describe('One word in CamelCase, for programs.'),
  message: z.string().max(32_768).describe('For people.'),
});

export const resourceStatusSchema = z.object({
  observedGeneration: z.number().int().min(0).optional().describe('metadata.generation that this status speaks of.'),
  set: z.string().optional().describe('The name of the StatefulSet.'),
  setUid: z.string().optional().describe('The uid of the StatefulSet.'),
  rolloutIdentity: z
    .string()
    .optional()
    .describe('The rollout that this status speaks of: the present one, or the last one where none is under way.'),
  phase: z.enum(PHASES).optional().describe('Where the rollout stands. Absent until there was one.'),
  reason: z.enum(PAUSE_REASONS).optional().describe('Why it is Paused.'),
  message: z.string().optional().describe('The phase, and what it waits for, in words.'),
  direction: z
    .enum(['forward', 'back'])
    .optional()
    .describe('Towards the version asked for, or back to the one before: a Paused rollout may be either.'),
  since: time.optional().describe('When this phase began.'),
  startedAt: time.optional().describe('When the rollout began.'),
  startedBy: z.string().optional().describe('Who began it.'),
  endedAt: time.optional().describe('When it ended: all pods are there, or it was rolled back.'),
  executor: z.string().optional().describe('Who executes it: the holder of the Lease of the set.'),
  step: z.number().int().min(0).optional().describe('Index of the step that it is in.'),
  steps: z.array(z.number().int().min(0)).optional().describe('The steps in pods, cumulative; the last is the goal.'),
  revisions: z
    .object({
      origin: z.string().optional().describe('What the pods were at before: what a rollback goes back to.'),
      target: z.string().optional().describe('What the pods go to now.'),
    })
    .optional()
    .describe('Names of ControllerRevisions of the set.'),
  counts: z
    .object({
      replicas: z.number().int().min(0).describe('Pods that the set wants.'),
      updated: z.number().int().min(0).describe('Pods at the target revision.'),
      available: z.number().int().min(0).describe('Pods Ready for minReady, of any revision.'),
      unavailable: z.number().int().min(0).describe('Pods that use the budget of maxUnavailable.'),
      broken: z.number().int().min(0).describe('Pods that will not get Ready by themselves.'),
    })
    .optional()
    .describe('Pods, counted by their own revision and readiness.'),
  blockers: z
    .array(
      z.object({
        code: z.string().describe('The rule, in one word: budget, paused, gate, soak ...'),
        message: z.string().describe('What it waits for, and what would change that.'),
        pods: z.array(z.string()).optional().describe('The pods that are held back, where it is about some.'),
      }),
    )
    .optional()
    .describe('What holds the next pod back now. Empty when nothing does.'),
  conditions: z.array(resourceConditionSchema).optional().describe('In the form of all Kubernetes conditions.'),
  events: z
    .array(
      z.object({
        at: time.describe('When it happened.'),
        kind: z.string().describe('What kind of thing it was, in one word.'),
        pod: z.string().optional().describe('The pod that it is about.'),
        message: z.string().describe('What happened.'),
      }),
    )
    .optional()
    .describe('The last events of the rollout, oldest first.'),
  slack: z
    .object({
      channel: z.string().describe('The id of the channel.'),
      ts: z.string().describe('The message of the rollout, edited in place; its thread has the history.'),
    })
    .optional()
    .describe('Where Slack tells of the rollout.'),
});

export type ResourceStatus = z.infer<typeof resourceStatusSchema>;
export type ResourceCondition = z.infer<typeof resourceConditionSchema>;

/**
 * The conditions that are to stand in the status next: of those said now, what did not turn keeps its lastTransitionTime.
 * @param now RFC 3339
 */
export function nextConditions(
  before: readonly ResourceCondition[],
  said: readonly Omit<ResourceCondition, 'lastTransitionTime'>[],
  now: string,
): ResourceCondition[] {
  return said.map((condition) => {
    const known = before.find(({ type }) => type === condition.type);
    const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : now;
    return { ...condition, lastTransitionTime };
  });
}
