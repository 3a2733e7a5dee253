import { z } from 'zod';
import { CEL_RULES, type CelRule } from './cel.ts';
import type { Json } from './json.ts';

const PRESERVE = { 'x-kubernetes-preserve-unknown-fields': true };

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** An object of Kubernetes' own, kept as it is: the API server checks it where it is used. */
export const freeObject = z.record(z.string(), json);

/** A pod template. */
export const podTemplateSchema = freeObject.meta(PRESERVE);

const text = (description: string) => ({ type: 'string', maxLength: 253, description });
const texts = (description: string) => ({
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 253 },
  description,
});

/** What CEL is to see of a claim; the rest is preserved. */
const CLAIM = {
  type: 'object',
  ...PRESERVE,
  properties: {
    metadata: { type: 'object', ...PRESERVE, properties: { name: text('The name of the claim.') } },
    spec: {
      type: 'object',
      ...PRESERVE,
      properties: {
        accessModes: {
          type: 'array',
          maxItems: 8,
          items: { type: 'string', maxLength: 64 },
          description: 'How the volume may be mounted.',
        },
        storageClassName: text('The StorageClass.'),
        volumeMode: text('Filesystem or Block.'),
      },
      description: 'A spec of a PersistentVolumeClaim.',
    },
  },
  description: 'A PersistentVolumeClaim for each pod.',
};

/** Of a spec of a StatefulSet, what is said of it before it gets to the set: the rest is preserved. */
const PROPERTIES = {
  replicas: { type: 'integer', minimum: 0, description: 'How many pods.' },
  serviceName: text('The governing Service. Cannot be changed.'),
  podManagementPolicy: {
    type: 'string',
    enum: ['OrderedReady', 'Parallel'],
    description: 'OrderedReady where it is left out. Cannot be changed.',
  },
  selector: {
    type: 'object',
    properties: {
      matchLabels: texts('Labels that the pods have.'),
      matchExpressions: {
        type: 'array',
        maxItems: 64,
        items: {
          type: 'object',
          required: ['key', 'operator'],
          properties: {
            key: text('The name of the label.'),
            operator: text('In, NotIn, Exists or DoesNotExist.'),
            values: {
              type: 'array',
              maxItems: 64,
              items: { type: 'string', maxLength: 253 },
              description: 'The values, for In and NotIn.',
            },
          },
          description: 'A requirement for a label.',
        },
        description: 'Requirements for labels, all of them.',
      },
    },
    description: 'Which pods are those of the set; the labels of template must match. Cannot be changed.',
  },
  template: { type: 'object', ...PRESERVE, description: 'The pod template: a change of it is a rollout.' },
  volumeClaimTemplates: {
    type: 'array',
    maxItems: 64,
    items: CLAIM,
    description: 'PersistentVolumeClaims for each pod. Cannot be changed.',
  },
};

const WAY_OUT =
  'Kubernetes cannot change it in a StatefulSet: delete the set with --cascade=orphan, and this resource, and create both anew';

/** F13 of the design: refused at the resource, so that nobody learns of it from a rollout that cannot begin. */
function fixed(field: string, absent: string): CelRule {
  const of = (self: string) => `(has(${self}.${field}) ? ${self}.${field} : ${absent})`;
  return { rule: `${of('self')} == ${of('oldSelf')}`, message: `${field} is immutable. ${WAY_OUT}` };
}

/** A whole spec of a StatefulSet (apps/v1). */
export const setSpecSchema = freeObject
  .describe(
    'A whole spec of a StatefulSet (apps/v1), as `kubectl explain statefulset.spec` has it. A change of template is a rollout; replicas and the rest are handed on as they are.',
  )
  .meta({
    ...PRESERVE,
    properties: PROPERTIES,
    required: ['selector', 'template'],
    [CEL_RULES]: [
      fixed('serviceName', "''"),
      fixed('podManagementPolicy', "'OrderedReady'"),
      { rule: 'self.selector == oldSelf.selector', message: `selector is immutable. ${WAY_OUT}` },
      fixed('volumeClaimTemplates', '[]'),
    ],
  });
