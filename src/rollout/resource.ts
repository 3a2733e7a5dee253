import { z } from 'zod';
import type { Pace } from './begin.ts';
import { hooksSchema, serviceDiscoverySchema, stepGateSchema } from './gate-spec.ts';
import type { Json } from './json.ts';
import { countOrPercentSchema } from './percent.ts';
import { HOLD_ALL, type RecordSpec, specSchema } from './record.ts';

/** The custom resource: what a rollout is asked for by, where the operator executes it. */
export const RESOURCE = {
  group: 'rollouts.bedrock.dev',
  version: 'v1alpha1',
  kind: 'StatefulsetRollout',
  plural: 'statefulsetrollouts',
  singular: 'statefulsetrollout',
  shortName: 'sroll',
} as const;

/**
 * On a StatefulSet: the name of the StatefulsetRollout, of its namespace, that decides about it. Whoever edits a rollout
 * edits that resource, too, else the operator would put its values back.
 */
export const RESOURCE_ANNOTATION = 'rollouts.bedrock.dev/resource';

const { shape } = specSchema;
const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const object = z.record(z.string(), json);

/** What a manifest says of pods: 2, "2" or "25%"; the text in each case once it is read. */
const podsSchema = z
  .union([z.number().int().min(0), z.string()])
  .transform(String)
  .pipe(countOrPercentSchema);

/** A key of a Secret in the namespace of the resource. */
const secretRefSchema = z.object({ name: z.string().min(1), key: z.string().min(1).default('secret') });

/**
 * spec of a StatefulsetRollout: the record's spec, under the same names (but `channel` and `approvers`), beside the set
 * that it is about. Defaults are those of the record, but `hold`.
 */
export const resourceSpecSchema = z
  .object({
    /** The set is made and kept as this says, under the name of the resource. */
    statefulset: z
      .object({
        metadata: z
          .object({
            labels: z.record(z.string(), z.string()).optional(),
            annotations: z.record(z.string(), z.string()).optional(),
          })
          .optional(),
        /** A whole spec of a StatefulSet (apps/v1). */
        spec: object,
      })
      .optional(),
    /** Or: a set that is there already, by its name; somebody else keeps it. */
    targetRef: z.object({ name: z.string().min(1) }).optional(),
    /** With targetRef: the whole pod template wanted. Left out: what the set's own says, when rolloutIdentity changes. */
    template: object.optional(),
    /** A new value is a new rollout, also of the same template. */
    rolloutIdentity: z.string().max(253).optional(),
    percent: shape.percent,
    steps: z.array(podsSchema).default([]),
    stepPause: shape.stepPause,
    promotedStep: shape.promotedStep,
    maxUnavailable: podsSchema.default('1'),
    minPodEvictionInterval: shape.minPodEvictionInterval,
    minReady: shape.minReady,
    disrupt: shape.disrupt,
    strategy: shape.strategy,
    hold: z.boolean().default(true),
    progressDeadline: shape.progressDeadline,
    failurePolicy: shape.failurePolicy,
    failureThreshold: podsSchema.default('1'),
    brokenFirst: shape.brokenFirst,
    serviceDiscovery: serviceDiscoverySchema.optional(),
    gates: z.array(stepGateSchema).optional(),
    hooks: hooksSchema.optional(),
    ignoreNotBefore: shape.ignoreNotBefore,
    pauseRequested: shape.pauseRequested,
    pausedBy: shape.pausedBy,
    editedBy: shape.editedBy,
    /** A Slack channel: "#deploys", or its id. */
    channel: shape.slackChannel,
    /** Slack user ids that may press the message's buttons. */
    approvers: shape.slackApprovers,
    callback: z.object({ url: z.string(), secretRef: secretRefSchema.optional() }).optional(),
    resumedAt: shape.resumedAt,
    /** `identity`: the rollout that is to be rolled back; another one is not touched by it. */
    rollback: z
      .object({
        at: z.iso.datetime({ offset: true }),
        by: z.string(),
        summary: z.string(),
        identity: z.string(),
        template: json.optional(),
      })
      .optional(),
  })
  .refine(({ statefulset, targetRef }) => (statefulset === undefined) !== (targetRef === undefined), {
    error: 'either statefulset or targetRef',
  })
  .refine(({ statefulset, template }) => statefulset === undefined || template === undefined, {
    error: 'template goes with targetRef; statefulset has its own',
  });

export type ResourceSpec = z.infer<typeof resourceSpecSchema>;

/** A StatefulsetRollout, read. */
export interface Resource {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  deleting: boolean;
  spec: ResourceSpec;
  status: Json;
}

/** The StatefulSet that a resource is about. */
export function setNameOf({ name, spec }: Pick<Resource, 'name' | 'spec'>): string {
  return spec.targetRef?.name ?? name;
}

/** Of the record, what the resource says by a field of the same name. */
const SHARED = [
  'percent',
  'steps',
  'stepPause',
  'promotedStep',
  'maxUnavailable',
  'minPodEvictionInterval',
  'minReady',
  'disrupt',
  'strategy',
  'hold',
  'progressDeadline',
  'failurePolicy',
  'failureThreshold',
  'brokenFirst',
  'serviceDiscovery',
  'gates',
  'hooks',
  'ignoreNotBefore',
  'pauseRequested',
  'pausedBy',
  'editedBy',
  'resumedAt',
] as const satisfies readonly (keyof RecordSpec & keyof ResourceSpec)[];

type Wanted = Omit<RecordSpec, 'schemaVersion' | 'rolloutIdentity' | 'target'>;

/** What the resource wants of the rollout `identity`, as the record says it. */
export function wantedOf(spec: ResourceSpec, identity: string): Wanted {
  const { channel, approvers, callback, rollback } = spec;
  const back = rollback?.identity === identity ? rollback : undefined;
  return {
    ...pick(spec),
    ...(channel === undefined ? {} : { slackChannel: channel }),
    ...(approvers === undefined ? {} : { slackApprovers: approvers }),
    ...(callback === undefined ? {} : { callback: { url: callback.url, signed: callback.secretRef !== undefined } }),
    ...(back === undefined ? {} : { rollback: withoutIdentity(back) }),
  };
}

/** For a rollout that is to begin. */
export function paceOf(spec: ResourceSpec): Pace {
  const { pausedBy: _by, editedBy: _edited, resumedAt: _at, rollback: _back, ...pace } = wantedOf(spec, '');
  return pace;
}

/** The record's spec, as the resource has it now: target and identity stay. */
export function followResource(record: RecordSpec, resource: ResourceSpec): RecordSpec {
  const { schemaVersion, rolloutIdentity, target, rollback } = record;
  const wanted = wantedOf(resource, rolloutIdentity);
  // a rollback is never taken back
  const back = wanted.rollback ?? rollback;
  return { schemaVersion, rolloutIdentity, target, ...wanted, ...(back === undefined ? {} : { rollback: back }) };
}

/**
 * The same edit on the resource: a merge patch of its spec with what the edit of the record changed; null where that is
 * nothing that the resource says.
 */
export function resourcePatch(before: RecordSpec, after: RecordSpec): Record<string, Json> | null {
  const patch: Record<string, Json> = {};
  const put = (name: string, was: unknown, is: unknown) => {
    if (JSON.stringify(was) !== JSON.stringify(is)) patch[name] = (is ?? null) as Json;
  };
  for (const name of SHARED) put(name, before[name], after[name]);
  put('channel', before.slackChannel, after.slackChannel);
  put('approvers', before.slackApprovers, after.slackApprovers);
  if (after.rollback !== undefined && JSON.stringify(before.rollback) !== JSON.stringify(after.rollback)) {
    patch.rollback = { ...after.rollback, identity: after.rolloutIdentity } as Json;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

/** The strategy of a set at rest that only its resource may move: nothing starts by itself (design, F2). */
export const HELD_STRATEGY: Json = { type: 'RollingUpdate', rollingUpdate: { partition: HOLD_ALL } };

function pick(spec: ResourceSpec): Pick<ResourceSpec, (typeof SHARED)[number]> {
  const entries = SHARED.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]);
  return Object.fromEntries(entries) as Pick<ResourceSpec, (typeof SHARED)[number]>;
}

function withoutIdentity<T extends { identity: string }>({ identity: _identity, ...rest }: T): Omit<T, 'identity'> {
  return rest;
}
