import { z } from 'zod';
import { CALLBACK_KINDS, type Milestone } from '../rollout/notification-record.ts';
import { PAUSE_REASONS, PHASES } from '../rollout/record.ts';
import { changeWords } from '../rollout/report.ts';
import type { Told } from './contract.ts';

/** Raised when a field changes its meaning or goes; new fields and events may come within a version. */
export const CALLBACK_SCHEMA_VERSION = 1;

/** The body of a call-back. docs/callback.schema.json is made of it. */
export const callbackSchema = z
  .object({
    schemaVersion: z.literal(CALLBACK_SCHEMA_VERSION),
    id: z.string().describe('The same in every attempt at this call-back: take one, ignore the others.'),
    sequence: z.number().int().min(1).describe('Of this rollout; later call-backs have higher ones.'),
    event: z
      .enum(CALLBACK_KINDS)
      .describe(
        'started; step: a step is reached; held: the percentage asked for is reached; stopped: something failed, and nothing more moves until somebody goes on; rolling-back; and the two ends: complete, rolled-back.',
      ),
    at: z.iso.datetime({ offset: true }).describe("When it happened, by the API server's clock."),
    message: z.string().describe('For people.'),
    rolloutIdentity: z.string(),
    statefulSet: z.object({
      cluster: z.string().describe('The kubeconfig context in which the rollout was begun.'),
      namespace: z.string(),
      name: z.string(),
      uid: z.string(),
    }),
    change: z.array(z.string()).describe('"app 1.8.2 -> 1.9.0", one for each image that differs.'),
    startedAt: z.iso.datetime({ offset: true }),
    startedBy: z.string(),
    phase: z.enum(PHASES),
    direction: z.enum(['forward', 'back']).describe('Towards the version asked for, or back to the old one.'),
    reason: z.enum(PAUSE_REASONS).nullable().describe('Of phase Paused.'),
    counts: z
      .object({
        replicas: z.number().int(),
        updated: z.number().int().describe('Pods at the revision that is wanted in this direction.'),
        available: z.number().int(),
        broken: z.number().int(),
      })
      .nullable()
      .describe('Pods; null before they were counted.'),
    failed: z
      .array(z.object({ pod: z.string(), reason: z.string(), message: z.string() }))
      .describe('Pods that stopped it.'),
  })
  .describe('What kubectl bedrock POSTs to --callback-url.');

export type CallbackBody = z.infer<typeof callbackSchema>;

/** The idempotency key of one call-back: repeats in every attempt, by whichever executor. */
export function callbackKey(rolloutIdentity: string, sequence: number): string {
  return `${rolloutIdentity}.${sequence}`;
}

/** Only what the record keeps goes in: two executors make the same body of the same milestone, to the letter. */
export function callbackBody(
  milestone: Milestone,
  told: Pick<Told, 'notifications' | 'spec' | 'status' | 'origin'> & {
    place: { namespace: string; name: string };
  },
): string {
  const { spec, status, origin, notifications, place } = told;
  const { kind, sequence, at, message, phase, reason, direction, counts, failed } = milestone;
  const body = {
    schemaVersion: CALLBACK_SCHEMA_VERSION,
    id: callbackKey(spec.rolloutIdentity, sequence),
    sequence,
    event: kind,
    at,
    message,
    rolloutIdentity: spec.rolloutIdentity,
    statefulSet: { cluster: notifications.cluster, ...place, uid: status.setUid },
    change: changeWords(spec, origin),
    startedAt: status.startedAt,
    startedBy: status.startedBy,
    phase,
    direction,
    reason: reason ?? null,
    counts: counts ?? null,
    failed: failed ?? [],
  };
  return JSON.stringify(body);
}
