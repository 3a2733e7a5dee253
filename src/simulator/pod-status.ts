import type { Json, JsonObject } from '../rollout/json.ts';
import { type ApiObject, at, list, number, objects, text, timestamp } from './objects.ts';

/** The statuses that a kubelet gives a pod in the moments of its life. `now` in milliseconds. */

export function running(pod: ApiObject, now: number, addresses: { hostIP: string; podIP: string }): JsonObject {
  const time = timestamp(now);
  const ready = !tagged(pod, 'never');
  const status: JsonObject = {
    ...at(pod.status),
    phase: 'Running',
    startTime: time,
    ...addresses,
    podIPs: [{ ip: addresses.podIP }],
    conditions: [...keptConditions(pod), condition('Initialized', true, time), ...readiness(ready, time)],
    containerStatuses: objects(at(pod.spec).containers).map((container) => {
      const isNever = hasTag(container, 'never');
      return { ...containerBase(container), ready: !isNever, started: true, restartCount: 0, state: startedAt(time) };
    }),
  };
  const inits = objects(at(pod.spec).initContainers);
  if (inits.length > 0) status.initContainerStatuses = inits.map((container) => initialised(container, time));
  return status;
}

export function pullFails(pod: ApiObject, now: number, hostIP: string): JsonObject {
  const time = timestamp(now);
  const message = (image: string): string => `${image}: manifest unknown`;
  return {
    ...at(pod.status),
    phase: 'Pending',
    startTime: time,
    hostIP,
    conditions: [...keptConditions(pod), condition('Initialized', true, time), ...readiness(false, time)],
    containerStatuses: pullStatuses(pod, 'ErrImagePull', message, time),
  };
}

export function pullBacksOff(pod: ApiObject, now: number): JsonObject {
  const message = (image: string): string => `Back-off pulling image ${image}: manifest unknown`;
  const containerStatuses = pullStatuses(pod, 'ImagePullBackOff', message, timestamp(now));
  return { ...at(pod.status), containerStatuses };
}

/** `onlyTagged`: containers of the tag `crash`; else all of them. */
export function crashed(pod: ApiObject, now: number, onlyTagged: boolean): JsonObject {
  const time = timestamp(now);
  const containerStatuses = objects(at(pod.status).containerStatuses).map((status): JsonObject => {
    if (onlyTagged && !hasTag(status, 'crash')) return status;
    const since = at(status.state, 'running').startedAt ?? time;
    return {
      ...status,
      ready: false,
      started: false,
      restartCount: number(status.restartCount) + 1,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: since, finishedAt: time } },
    };
  });
  return { ...withReadiness(pod, false, now), containerStatuses };
}

export function restarted(pod: ApiObject, now: number): JsonObject {
  const containerStatuses = objects(at(pod.status).containerStatuses).map((status) => ({
    ...status,
    ready: true,
    started: true,
    state: startedAt(timestamp(now)),
  }));
  return { ...withReadiness(pod, true, now), containerStatuses };
}

/** The status with Ready and ContainersReady as given. */
export function withReadiness(pod: ApiObject, ready: boolean, now: number, reason?: string): JsonObject {
  const others = objects(at(pod.status).conditions).filter(
    ({ type }) => type !== 'Ready' && type !== 'ContainersReady',
  );
  return { ...at(pod.status), conditions: [...others, ...readiness(ready, timestamp(now), reason)] };
}

export function isWaiting(pod: ApiObject, ...reasons: string[]): boolean {
  return objects(at(pod.status).containerStatuses).some((status) => {
    const reason = at(status.state, 'waiting').reason;
    return reasons.length === 0 ? reason !== undefined : reasons.includes(text(reason));
  });
}

/** Whether an image of the pod has a tag that begins so: what a pod does is told by its tag. */
export function tagged(pod: ApiObject, ...tags: string[]): boolean {
  return objects(at(pod.spec).containers).some((container) => tags.some((tag) => hasTag(container, tag)));
}

function hasTag(container: JsonObject, tag: string): boolean {
  return text(container.image).includes(`:${tag}`);
}

function pullStatuses(pod: ApiObject, reason: string, message: (image: string) => string, time: string): Json {
  const known = objects(at(pod.status).containerStatuses);
  return objects(at(pod.spec).containers).map((container) => {
    const before = known.find(({ name }) => name === container.name);
    const waiting = { waiting: { reason, message: message(text(container.image)) } };
    const state = hasTag(container, 'bad') ? waiting : (before?.state ?? startedAt(time));
    return { ...containerBase(container), ready: false, started: false, restartCount: 0, state };
  });
}

function containerBase(container: JsonObject): JsonObject {
  return { name: container.name ?? '', image: container.image ?? '', imageID: '', lastState: {} };
}

function initialised(container: JsonObject, time: string): JsonObject {
  const terminated = { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time };
  return { ...containerBase(container), ready: true, restartCount: 0, state: { terminated } };
}

function startedAt(time: string): JsonObject {
  return { running: { startedAt: time } };
}

function keptConditions(pod: ApiObject): Json[] {
  return list(at(pod.status).conditions).filter((each) => at(each).type === 'PodScheduled');
}

function readiness(ready: boolean, time: string, reason = 'ContainersNotReady'): JsonObject[] {
  return ['Ready', 'ContainersReady'].map((type) =>
    ready ? condition(type, true, time) : { ...condition(type, false, time), reason },
  );
}

function condition(type: string, is: boolean, time: string): JsonObject {
  return { type, status: is ? 'True' : 'False', lastTransitionTime: time };
}
