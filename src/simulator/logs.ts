import type { Query } from './lists.ts';
import { type ApiObject, at, millis, nameOf, objects, text } from './objects.ts';
import { isWaiting } from './pod-status.ts';
import { badRequest } from './status.ts';

/**
 * What `kubectl logs` shows of a pod: it runs nothing, so the lines are made up from its status.
 * @throws StatusError 400 where no container has run yet
 */
export function logOf(pod: ApiObject, now: number, query: Query): string {
  const names = objects(at(pod.spec).containers).map((container) => text(container.name));
  const name = query.container || (names[0] ?? '');
  if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${nameOf(pod)}`);
  const status = objects(at(pod.status).containerStatuses).find((each) => each.name === name);
  if (status === undefined || isWaiting(pod, 'ErrImagePull', 'ImagePullBackOff')) {
    const reason = text(at(status?.state, 'waiting').reason) || 'ContainerCreating';
    throw badRequest(`container "${name}" in pod "${nameOf(pod)}" is waiting to start: ${reason}`);
  }
  const image = text(status.image);
  const started = millis(at(status.state, 'running').startedAt ?? at(pod.status).startTime) || now;
  const lines = [`starting ${image}`, 'loading the index'];
  lines.push(isWaiting(pod, 'CrashLoopBackOff') ? 'fatal: cannot open /data/LOCK' : 'ready to serve');
  const stamp = query.timestamps === 'true' ? `${new Date(started).toISOString()} ` : '';
  const tail =
    query.tailLines === undefined ? lines : lines.slice(lines.length - Math.min(lines.length, Number(query.tailLines)));
  return tail.map((line) => `${stamp}${line}\n`).join('');
}
