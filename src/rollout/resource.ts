import { z } from 'zod';
import type { Pace } from './begin.ts';
import { CEL_RULES, celRule } from './cel.ts';
import { stepGateSchema } from './gate-spec.ts';
import type { Json } from './json.ts';
import { A_COUNT_OR_PERCENT, COUNT_OR_PERCENT_PATTERN, countOrPercentSchema } from './percent.ts';
import { HOLD_ALL, type RecordSpec, specSchema } from './record.ts';
import { recordHooks, resourceHooks, resourceHooksSchema } from './resource-hooks.ts';
import { podTemplateSchema, setSpecSchema } from './set-spec.ts';

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
const TEXT = 1024;

/** What a manifest says of pods: 2, "2" or "25%"; the text in each case once it is read. */
const podsSchema = z
  .union([z.number().int().min(0).max(99_999), z.string()])
  .transform(String)
  .pipe(countOrPercentSchema)
  .meta({ 'x-kubernetes-int-or-string': true, minimum: 0, maximum: 99_999 });

const pods = (description: string | undefined) =>
  podsSchema
    .prefault(1)
    .describe(description ?? '')
    .meta(celRule(`type(self) == int || self.matches(r'${COUNT_OR_PERCENT_PATTERN}')`, A_COUNT_OR_PERCENT));

const ONE_SET = 'say either statefulset or targetRef';
const ONE_TEMPLATE = 'template goes with targetRef; statefulset has its own in statefulset.spec.template';

/**
 * spec of a StatefulsetRollout: the record's spec, under the same names (but `channel` and `approvers`), beside the set
 * that it is about. Defaults are those of the record, but `hold`. What `.meta()` adds is for the schema of the
 * CustomResourceDefinition, which src/install makes of this.
 */
export const resourceSpecSchema = z
  .object({
    statefulset: z
      .object({
        metadata: z
          .object({
            labels: z.record(z.string(), z.string()).optional().describe('Labels of the StatefulSet.'),
            annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the StatefulSet.'),
          })
          .optional()
          .describe('Of the StatefulSet; its name is that of this resource.'),
        spec: setSpecSchema,
      })
      .optional()
      .describe('The StatefulSet is made and kept as this says, under the name of this resource.'),
    targetRef: z
      .object({
        name: z.string().min(1).max(253).describe('The name of the StatefulSet, in the namespace of this resource.'),
      })
      .optional()
      .describe('Instead of statefulset: one that is there already, and that somebody else keeps. Cannot be changed.'),
    template: podTemplateSchema
      .optional()
      .describe(
        "With targetRef: the whole pod template wanted, as `kubectl explain statefulset.spec.template` has it. Where it is left out, the set's own is rolled out when rolloutIdentity changes.",
      ),
    rolloutIdentity: z
      .string()
      .max(253)
      .optional()
      .describe('A new value is a new rollout, also of the same template: a restart.'),
    percent: shape.percent,
    steps: z
      .array(
        // by a pattern: a rule for each item of a list would be dearer than API servers allow
        podsSchema
          .describe('A number of pods, or a percentage such as 25%.')
          .meta({ pattern: COUNT_OR_PERCENT_PATTERN }),
      )
      .max(100)
      .prefault([])
      .describe(shape.steps.description ?? ''),
    stepPause: shape.stepPause,
    promotedStep: shape.promotedStep,
    promotedFor: z
      .string()
      .max(253)
      .optional()
      .describe(
        'status.rolloutIdentity of the rollout that promotedStep is about: the steps of the next one begin anew. Whichever is under way, where it is left out.',
      ),
    maxUnavailable: pods(shape.maxUnavailable.description),
    minPodEvictionInterval: shape.minPodEvictionInterval,
    minReady: shape.minReady,
    disrupt: shape.disrupt,
    strategy: shape.strategy,
    hold: z
      .boolean()
      .default(true)
      .describe(shape.hold.description ?? ''),
    progressDeadline: shape.progressDeadline,
    failurePolicy: shape.failurePolicy,
    failureThreshold: pods(shape.failureThreshold.description),
    brokenFirst: shape.brokenFirst,
    serviceDiscovery: shape.serviceDiscovery,
    gates: z
      .array(stepGateSchema)
      .max(64)
      .optional()
      .describe(shape.gates.description ?? ''),
    hooks: resourceHooksSchema.optional().describe(shape.hooks.description ?? ''),
    ignoreNotBefore: shape.ignoreNotBefore,
    pauseRequested: shape.pauseRequested,
    pausedBy: shape.pausedBy,
    editedBy: shape.editedBy,
    channel: shape.slackChannel,
    approvers: shape.slackApprovers,
    callback: z
      .object({
        url: z
          .string()
          .regex(/^https?:\/\/\S+$/, { error: 'an http or https address' })
          .describe('Where to.'),
        secretRef: z
          .object({
            name: z.string().min(1).max(253).describe('The name of the Secret.'),
            key: z.string().min(1).max(253).default('secret').describe('The key in it.'),
          })
          .optional()
          .describe('What call-backs are signed with: a Secret in the namespace of this resource.'),
      })
      .optional()
      .describe('Told by HTTP POST how the rollout stands.'),
    resumedAt: shape.resumedAt,
    rollback: z
      .object({
        at: z.iso.datetime({ offset: true }).describe('When it was asked for.'),
        by: z.string().max(TEXT).describe('Who asked for it.'),
        summary: z.string().max(TEXT).describe('What is gone back to, in words.'),
        identity: z
          .string()
          .max(253)
          .describe(
            'status.rolloutIdentity of the rollout that is to be rolled back; another one is not touched by it.',
          ),
        template: podTemplateSchema
          .optional()
          .describe('The whole pod template to go back to; that of before the rollout where it is left out.'),
      })
      .optional()
      .describe(shape.rollback.description ?? ''),
  })
  .refine(({ statefulset, targetRef }) => (statefulset === undefined) !== (targetRef === undefined), {
    error: ONE_SET,
  })
  .refine(({ statefulset, template }) => statefulset === undefined || template === undefined, { error: ONE_TEMPLATE })
  .meta({
    [CEL_RULES]: [
      { rule: 'has(self.statefulset) != has(self.targetRef)', message: ONE_SET },
      { rule: '!has(self.statefulset) || !has(self.template)', message: ONE_TEMPLATE },
      {
        rule: 'has(self.targetRef) == has(oldSelf.targetRef) && (!has(self.targetRef) || self.targetRef.name == oldSelf.targetRef.name)',
        message:
          'targetRef is immutable: a resource is about one StatefulSet. Delete this one (its set stays as it is) and create another',
      },
    ],
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

/** As people and kubectl name it: "statefulsetrollout/web". */
export function resourceName(name: string): string {
  return `${RESOURCE.singular}/${name}`;
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
  'ignoreNotBefore',
  'pauseRequested',
  'pausedBy',
  'editedBy',
  'resumedAt',
] as const satisfies readonly (keyof RecordSpec & keyof ResourceSpec)[];

type Wanted = Omit<RecordSpec, 'schemaVersion' | 'rolloutIdentity' | 'target'>;

/** What the resource wants of the rollout `identity`, as the record says it. */
export function wantedOf(spec: ResourceSpec, identity: string): Wanted {
  const { channel, approvers, callback, rollback, hooks, promotedFor } = spec;
  const back = rollback?.identity === identity ? rollback : undefined;
  return {
    ...pick(spec),
    ...(promotedFor === undefined || promotedFor === identity ? {} : { promotedStep: 0 }),
    ...(hooks === undefined ? {} : { hooks: recordHooks(hooks) }),
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
  // a rollback is never taken back, and a stop that was answered stays so
  const back = wanted.rollback ?? rollback;
  const resumedAt = later(wanted.resumedAt, record.resumedAt);
  return {
    schemaVersion,
    rolloutIdentity,
    target,
    ...wanted,
    ...(resumedAt === undefined ? {} : { resumedAt }),
    ...(back === undefined ? {} : { rollback: back }),
  };
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
  if (patch.promotedStep !== undefined) patch.promotedFor = after.rolloutIdentity;
  put('hooks', resourceHooks(before.hooks), resourceHooks(after.hooks));
  put('channel', before.slackChannel, after.slackChannel);
  put('approvers', before.slackApprovers, after.slackApprovers);
  if (after.rollback !== undefined && JSON.stringify(before.rollback) !== JSON.stringify(after.rollback)) {
    patch.rollback = { ...after.rollback, identity: after.rolloutIdentity } as Json;
  }
  return Object.keys(patch).length === 0 ? null : patch;
}

/** The strategy of a set at rest that only its resource may move: nothing starts by itself (design, F2). */
export const HELD_STRATEGY: Json = { type: 'RollingUpdate', rollingUpdate: { partition: HOLD_ALL } };

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}

function pick(spec: ResourceSpec): Pick<ResourceSpec, (typeof SHARED)[number]> {
  const entries = SHARED.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]);
  return Object.fromEntries(entries) as Pick<ResourceSpec, (typeof SHARED)[number]>;
}

function withoutIdentity<T extends { identity: string }>({ identity: _identity, ...rest }: T): Omit<T, 'identity'> {
  return rest;
}
