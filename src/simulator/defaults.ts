import type { Json, JsonObject } from '../rollout/json.ts';
import { isObject } from '../rollout/json.ts';
import { type ApiObject, at, list, objects, text } from './objects.ts';
import { BUDGETS, CRDS, NODES, PODS, type Resource, STATEFULSETS } from './resources.ts';

export type Version = '1.34' | '1.37';

/** Where StatefulSets know maxUnavailable: in this version by default (design, F7). */
export function knowsMaxUnavailable(version: Version): boolean {
  return version === '1.37';
}

/** Fills in what a client left out, by pkg/apis/apps/v1/defaults.go and pkg/apis/core/v1/defaults.go. */
export function applyDefaults(resource: Resource, object: ApiObject, version: Version): ApiObject {
  switch (resource) {
    case STATEFULSETS:
      return { ...object, spec: statefulSetSpec(at(object.spec), version) };
    case PODS:
      return { ...object, spec: podSpec(at(object.spec), true) };
    case BUDGETS:
      return { ...object, spec: { ...at(object.spec) } };
    case NODES:
      return { ...object, spec: at(object.spec) };
    case CRDS:
      return { ...object, status: object.status ?? {} };
    default:
      return object;
  }
}

function statefulSetSpec(spec: JsonObject, version: Version): JsonObject {
  const retention = at(spec.persistentVolumeClaimRetentionPolicy);
  return {
    ...spec,
    podManagementPolicy: spec.podManagementPolicy || 'OrderedReady',
    updateStrategy: updateStrategy(at(spec.updateStrategy), version),
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: retention.whenDeleted || 'Retain',
      whenScaled: retention.whenScaled || 'Retain',
    },
    replicas: spec.replicas ?? 1,
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    // Read back by every server, whether it was sent or not.
    serviceName: spec.serviceName ?? '',
    template: podTemplate(at(spec.template)),
  };
}

/** A type without `rollingUpdate` is left alone; only a strategy without a type gets both (design, F2). */
function updateStrategy(strategy: JsonObject, version: Version): JsonObject {
  const type = text(strategy.type) || 'RollingUpdate';
  const given = isObject(strategy.rollingUpdate) ? strategy.rollingUpdate : strategy.type ? undefined : {};
  if (given === undefined) return { type };
  if (type !== 'RollingUpdate') return { type, rollingUpdate: given };
  const rollingUpdate: JsonObject = { ...given, partition: given.partition ?? 0 };
  if (knowsMaxUnavailable(version)) rollingUpdate.maxUnavailable = given.maxUnavailable ?? 1;
  return { type, rollingUpdate };
}

function podTemplate(template: JsonObject): JsonObject {
  const metadata = { ...at(template.metadata) };
  return { ...template, metadata, spec: podSpec(at(template.spec), false) };
}

function podSpec(spec: JsonObject, ofPod: boolean): JsonObject {
  const result: JsonObject = {
    ...spec,
    containers: objects(spec.containers).map(container),
    dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
    restartPolicy: spec.restartPolicy ?? 'Always',
    schedulerName: spec.schedulerName ?? 'default-scheduler',
    securityContext: spec.securityContext ?? {},
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
  };
  if (spec.initContainers !== undefined) result.initContainers = objects(spec.initContainers).map(container);
  if (!ofPod) return result;
  return {
    ...result,
    enableServiceLinks: spec.enableServiceLinks ?? true,
    preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority',
    priority: spec.priority ?? 0,
    serviceAccount: spec.serviceAccount ?? 'default',
    serviceAccountName: spec.serviceAccountName ?? 'default',
    tolerations: tolerations(list(spec.tolerations)),
  };
}

/** What the admission plugin DefaultTolerationSeconds adds. */
function tolerations(given: Json[]): Json[] {
  const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  const missing = keys.filter((key) => !given.some((toleration) => at(toleration).key === key));
  return [
    ...given,
    ...missing.map((key) => ({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: 300 })),
  ];
}

function container(given: JsonObject): JsonObject {
  const image = text(given.image);
  const result: JsonObject = {
    ...given,
    imagePullPolicy: given.imagePullPolicy ?? (isLatest(image) ? 'Always' : 'IfNotPresent'),
    resources: resources(at(given.resources)),
    terminationMessagePath: given.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: given.terminationMessagePolicy ?? 'File',
  };
  if (given.ports !== undefined) {
    result.ports = objects(given.ports).map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' }));
  }
  if (given.env !== undefined) result.env = objects(given.env).map(environmentVariable);
  for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    if (isObject(given[probe])) result[probe] = probeDefaults(at(given[probe]));
  }
  return result;
}

/** Limits stand in for requests that were left out. */
function resources(given: JsonObject): JsonObject {
  const limits = at(given.limits);
  if (Object.keys(limits).length === 0) return given;
  return { ...given, requests: { ...limits, ...at(given.requests) } };
}

function environmentVariable(given: JsonObject): JsonObject {
  const fieldRef = at(given.valueFrom, 'fieldRef');
  if (fieldRef.fieldPath === undefined) return given;
  return { ...given, valueFrom: { fieldRef: { apiVersion: 'v1', ...fieldRef } } };
}

function probeDefaults(probe: JsonObject): JsonObject {
  const result: JsonObject = {
    failureThreshold: 3,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
    ...probe,
  };
  if (isObject(probe.httpGet)) result.httpGet = { path: '/', scheme: 'HTTP', ...probe.httpGet };
  return result;
}

function isLatest(image: string): boolean {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return !name.includes('@') && (!name.includes(':') || name.endsWith(':latest'));
}

/** Null is no value to a typed object. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.some(holdsNull) ? value.map(withoutNulls) : value;
  if (!isObject(value) || !holdsNull(value)) return value;
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== null) result[key] = withoutNulls(member);
  }
  return result;
}

function holdsNull(value: Json): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.some(holdsNull);
  return isObject(value) && Object.values(value).some(holdsNull);
}
