import type { JsonObject } from '../rollout/json.ts';
import { ANNOTATIONS } from '../rollout/record.ts';
import { type InstallOptions, LABELS, OPERATOR } from './options.ts';

/** A StatefulSet with this label changes its pods through rollouts only. */
export const PROTECTED_LABEL = 'rollouts.bedrock.dev/protected';

const NAME = 'bedrock-protected-sets';
const API = { apiVersion: 'admissionregistration.k8s.io/v1' } as const;

const STATUS = `'${ANNOTATIONS.status}'`;

/**
 * A ValidatingAdmissionPolicy, opted in to by a label on the set. It keeps people and pipelines from changing a set past
 * its rollouts by accident, and is no wall: CEL does not see field managers, so a rollout is known by its record, whose
 * status changes in every write of ours, and whoever may write the annotation can write that, too.
 */
export function protectionOf({ namespace }: InstallOptions): JsonObject[] {
  return [
    {
      ...API,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: NAME, labels: LABELS },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          // replicas by kubectl scale and by autoscalers are the scale subresource, and not looked at
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['statefulsets'] },
          ],
          objectSelector: { matchLabels: { [PROTECTED_LABEL]: 'true' } },
        },
        matchConditions: [
          // a dry run writes nothing
          { name: 'is-written', expression: 'request.dryRun != true' },
          {
            name: 'is-not-the-operator',
            expression: `request.userInfo.username != 'system:serviceaccount:${namespace}:${OPERATOR}'`,
          },
        ],
        variables: [
          { name: 'before', expression: statusOf('oldObject') },
          { name: 'after', expression: statusOf('object') },
          {
            name: 'byRollout',
            // a manifest is applied after the fence was written, by a call of its own: until the controller has seen it
            // the rollout has no target
            expression: `variables.before != variables.after || variables.before.contains('"target":{"revision":null')`,
          },
          { name: 'name', expression: "object.metadata.name + ' -n ' + object.metadata.namespace" },
        ],
        validations: [
          validation('template', 'object.spec.template == oldObject.spec.template'),
          validation('updateStrategy', 'object.spec.updateStrategy == oldObject.spec.updateStrategy'),
        ],
      },
    },
    {
      ...API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME, labels: LABELS },
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  ];
}

function statusOf(object: string): string {
  const annotations = `${object}.metadata.annotations`;
  return `has(${annotations}) && ${STATUS} in ${annotations} ? ${annotations}[${STATUS}] : ''`;
}

function validation(field: string, unchanged: string): JsonObject {
  const words = [
    `'spec.${field} of this StatefulSet changes through a rollout only: it has the label ${PROTECTED_LABEL}. `,
    'To roll out: kubectl bedrock rollout sts/',
    '. To take the protection away: kubectl label statefulset ',
    ` ${PROTECTED_LABEL}-'`,
  ];
  const [head, rollout, lift, tail] = words;
  return {
    expression: `variables.byRollout || ${unchanged}`,
    messageExpression: `${head}${rollout}' + variables.name + '${lift}' + variables.name + '${tail}`,
    message: `spec.${field} changes through a rollout only`,
    reason: 'Forbidden',
  };
}
