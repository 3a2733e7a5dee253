import { isObject, type JsonObject } from '../rollout/json.ts';
import { RESOURCE, resourceSpecSchema } from '../rollout/resource.ts';
import { resourceStatusSchema } from '../rollout/resource-status.ts';
import { structuralSchema } from './structural.ts';

export const CRD_NAME = `${RESOURCE.plural}.${RESOURCE.group}`;

const COLUMNS: JsonObject[] = [
  { name: 'Set', type: 'string', jsonPath: '.status.set', description: 'The StatefulSet.' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the rollout stands.' },
  { name: 'Percent', type: 'number', jsonPath: '.spec.percent', description: 'How many pods may get the new version.' },
  {
    name: 'Updated',
    type: 'integer',
    jsonPath: '.status.counts.updated',
    description: 'Pods at the target revision.',
  },
  { name: 'Ready', type: 'integer', jsonPath: '.status.counts.available', description: 'Pods that are available.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'How old the resource is.' },
  {
    name: 'Message',
    type: 'string',
    jsonPath: '.status.message',
    priority: 1,
    description: 'How it stands, in words.',
  },
];

/** The CustomResourceDefinition of StatefulsetRollout. */
export function customResourceDefinition(): JsonObject {
  const { group, version, kind, plural, singular, shortName } = RESOURCE;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: CRD_NAME },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [shortName], categories: ['all'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: schema() },
        },
      ],
    },
  };
}

function schema(): JsonObject {
  return {
    type: 'object',
    description:
      'StatefulsetRollout is the wish for a rollout of one StatefulSet, which the operator executes. Deleting it leaves the set and its pods as they are.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'The version of this schema: rollouts.bedrock.dev/v1alpha1.' },
      kind: { type: 'string', description: 'StatefulsetRollout.' },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(resourceSpecSchema), description: 'What is wanted. Every hand may edit it.' },
      status: statusSchema(),
    },
  };
}

function statusSchema(): JsonObject {
  const status = structuralSchema(resourceStatusSchema);
  const properties = isObject(status.properties) ? status.properties : {};
  const conditions = isObject(properties.conditions) ? properties.conditions : {};
  const byType = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] };
  return {
    ...status,
    description: 'How it stands. Only the operator writes it.',
    properties: { ...properties, conditions: { ...conditions, ...byType } },
  };
}
