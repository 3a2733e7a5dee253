import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { knowsMaxUnavailable, type Version } from './defaults.ts';
import { type ApiObject, at, equal, list, nameOf, number, objects, text } from './objects.ts';
import { BUDGETS, PODS, type Resource, STATEFULSETS } from './resources.ts';
import { type Cause, invalid } from './status.ts';

/**
 * The rules of the API that clients of a StatefulSet meet, in its words.
 * @throws StatusError 422
 */
export function validate(resource: Resource, object: ApiObject, before: ApiObject | null, version: Version): void {
  const causes: Cause[] = [];
  if (resource === STATEFULSETS) {
    causes.push(...statefulSet(object));
    if (before !== null) causes.push(...statefulSetUpdate(object, before, version));
  } else if (resource === PODS) {
    if (before === null) causes.push(...containers(at(object.spec), 'spec'));
    else causes.push(...podUpdate(object, before));
  } else if (resource === BUDGETS) {
    causes.push(...budget(at(object.spec)));
  }
  if (causes.length > 0) throw invalid(resource, nameOf(object), causes);
}

function invalidValue(field: string, value: Json, why: string): Cause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** The server prints its internal type, whose fields begin with capitals and are all there. */
function internalStrategy(strategy: JsonObject): JsonObject {
  const rolling = strategy.rollingUpdate;
  return { Type: strategy.type ?? '', RollingUpdate: isObject(rolling) ? internalRolling(rolling) : null };
}

function internalRolling(rolling: JsonObject): JsonObject {
  return { Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null };
}

function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', field, message: why ? `Required value: ${why}` : 'Required value' };
}

function statefulSet(set: ApiObject): Cause[] {
  const spec = at(set.spec);
  const strategy = at(spec.updateStrategy);
  const causes: Cause[] = [];
  const policy = text(spec.podManagementPolicy);
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    causes.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  if (strategy.type === 'OnDelete') {
    if (isObject(strategy.rollingUpdate)) {
      const why = "only allowed for updateStrategy 'RollingUpdate'";
      causes.push(invalidValue('spec.updateStrategy.rollingUpdate', internalRolling(strategy.rollingUpdate), why));
    }
  } else if (strategy.type === 'RollingUpdate') {
    causes.push(...rollingUpdate(at(strategy.rollingUpdate)));
  } else {
    causes.push(
      invalidValue('spec.updateStrategy', internalStrategy(strategy), "must be 'RollingUpdate' or 'OnDelete'"),
    );
  }
  const counts: [string, Json | undefined][] = [
    ['spec.replicas', spec.replicas],
    ['spec.minReadySeconds', spec.minReadySeconds],
    ['spec.ordinals.start', at(spec.ordinals).start],
  ];
  for (const [field, value] of counts) causes.push(...notNegative(field, value));
  causes.push(...selector(spec));
  causes.push(...containers(at(spec.template, 'spec'), 'spec.template.spec'));
  return causes;
}

function notNegative(field: string, value: Json | undefined): Cause[] {
  return number(value) < 0 ? [invalidValue(field, value ?? null, 'must be greater than or equal to 0')] : [];
}

function rollingUpdate(given: JsonObject): Cause[] {
  const causes = notNegative('spec.updateStrategy.rollingUpdate.partition', given.partition);
  const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable';
  if (given.maxUnavailable === 0 || given.maxUnavailable === '0%') {
    causes.push(invalidValue(field, given.maxUnavailable, 'cannot be 0'));
  }
  return causes;
}

function selector(spec: JsonObject): Cause[] {
  const selector = at(spec.selector);
  if (spec.selector === undefined) return [required('spec.selector')];
  const labels = Object.entries(at(selector.matchLabels));
  if (labels.length + list(selector.matchExpressions).length === 0) {
    return [invalidValue('spec.selector', selector, 'empty selector is invalid for statefulset')];
  }
  const of = at(spec.template, 'metadata', 'labels');
  if (labels.every(([key, value]) => of[key] === value)) return [];
  return [invalidValue('spec.template.metadata.labels', of, '`selector` does not match template `labels`')];
}

function containers(spec: JsonObject, path: string): Cause[] {
  const all = objects(spec.containers);
  if (all.length === 0) return [required(`${path}.containers`)];
  return all.flatMap((container, index) => [
    ...(text(container.name) ? [] : [required(`${path}.containers[${index}].name`)]),
    ...(text(container.image) ? [] : [required(`${path}.containers[${index}].image`)]),
  ]);
}

/** What may change: any other field names itself in the refusal. */
const MUTABLE_FIELDS: readonly string[] = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function statefulSetUpdate(set: ApiObject, before: ApiObject, version: Version): Cause[] {
  const spec = at(set.spec);
  const old = at(before.spec);
  const fixed = [...new Set([...Object.keys(spec), ...Object.keys(old)])].filter(
    (field) => !MUTABLE_FIELDS.includes(field) && !equal(spec[field], old[field]),
  );
  if (fixed.length === 0) return [];
  // From 1.35 on each field is refused by itself, before that all in one sentence: pkg/apis/apps/validation.
  if (version === '1.37') {
    return fixed.map((field) => invalidValue(`spec.${field}`, spec[field] ?? null, 'field is immutable'));
  }
  return [
    {
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are " +
        'forbidden',
    },
  ];
}

/** Of a pod only images, tolerations that are added, and two deadlines may change. */
function podUpdate(pod: ApiObject, before: ApiObject): Cause[] {
  const blank = (spec: JsonObject): JsonObject => ({
    ...spec,
    containers: objects(spec.containers).map((container) => ({ ...container, image: '' })),
    initContainers: objects(spec.initContainers).map((container) => ({ ...container, image: '' })),
    tolerations: [],
    activeDeadlineSeconds: 0,
    terminationGracePeriodSeconds: 0,
    nodeName: spec.nodeName ?? '',
  });
  const spec = blank(at(pod.spec));
  const old = blank(at(before.spec));
  if (old.nodeName === '') old.nodeName = spec.nodeName ?? '';
  if (equal(spec, old)) return [];
  return [
    {
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,' +
        '`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing ' +
        'tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    },
  ];
}

function budget(spec: JsonObject): Cause[] {
  if (spec.minAvailable === undefined || spec.maxUnavailable === undefined) return [];
  return [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
}

/** A field that this version does not know is dropped without a word, unless the set has it already. */
export function dropUnknownFields(object: ApiObject, before: ApiObject | null, version: Version): ApiObject {
  if (knowsMaxUnavailable(version)) return object;
  const inUse = at(before?.spec, 'updateStrategy', 'rollingUpdate').maxUnavailable !== undefined;
  const rolling = at(object.spec, 'updateStrategy', 'rollingUpdate');
  if (inUse || rolling.maxUnavailable === undefined) return object;
  const { maxUnavailable: _, ...kept } = rolling;
  const spec = at(object.spec);
  return { ...object, spec: { ...spec, updateStrategy: { ...at(spec.updateStrategy), rollingUpdate: kept } } };
}
