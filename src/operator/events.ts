import { createHash } from 'node:crypto';
import type { Api } from '../cluster/api.ts';
import { isStatus } from '../cluster/words.ts';
import { plainText } from '../rollout/plain-text.ts';
import { RESOURCE, type Resource, setNameOf } from '../rollout/resource.ts';
import { type ResourceStatus, resourceStatusSchema } from '../rollout/resource-status.ts';

const LONGEST_MESSAGE = 1_024;

/** A milestone, as a Kubernetes Event tells it. */
export interface Milestone {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What a change of the status is worth an Event; null for most. */
export function milestoneOf(before: ResourceStatus | null, after: ResourceStatus): Milestone | null {
  const bad = after.conditions?.find(({ type, status }) => type === 'Degraded' && status === 'True');
  const wasBad = before?.conditions?.find(({ type, status }) => type === 'Degraded' && status === 'True');
  if (bad !== undefined && bad.reason !== wasBad?.reason) {
    return { type: 'Warning', reason: bad.reason, message: bad.message };
  }
  const { phase, reason, rolloutIdentity, message = '' } = after;
  if (phase === undefined || phase === 'Pending' || phase === 'Settling') return null;
  const same = before?.rolloutIdentity === rolloutIdentity && before?.phase === phase && before.reason === reason;
  if (same) return null;
  const summary = message === '' ? `rollout ${rolloutIdentity ?? ''}` : message;
  return { type: 'Normal', reason: reason ?? phase, message: summary };
}

/** The status that a resource carries; null where it carries none that we understand. */
export function statusOf({ status }: Pick<Resource, 'status'>): ResourceStatus | null {
  const read = resourceStatusSchema.safeParse(status);
  return read.success ? read.data : null;
}

/**
 * Tells a milestone of the resource and of its set, once each, whoever tells it: its name says what it is about.
 * @param at when it came about, RFC 3339
 * @throws ApiError where that is refused
 */
export async function tellMilestone(
  api: Api,
  resource: Pick<Resource, 'namespace' | 'name' | 'uid' | 'spec'>,
  setUid: string | undefined,
  { type, reason, message }: Milestone,
  at: string,
): Promise<void> {
  const { namespace, name, uid } = resource;
  const apiVersion = `${RESOURCE.group}/${RESOURCE.version}`;
  const objects = [
    { apiVersion, kind: RESOURCE.kind, namespace, name, uid },
    ...(setUid === undefined
      ? []
      : [{ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: setNameOf(resource), uid: setUid }]),
  ];
  const text = plainText(message).slice(0, LONGEST_MESSAGE);
  await Promise.all(
    objects.map(async (involvedObject) => {
      const hash = createHash('sha256')
        .update(JSON.stringify([involvedObject, reason, text, at]))
        .digest('hex');
      const body = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace, name: `${involvedObject.name.slice(0, 200)}.${hash.slice(0, 16)}` },
        involvedObject,
        type,
        reason,
        message: text,
        source: { component: 'bedrock-operator' },
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      };
      try {
        await api.request({ method: 'POST', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, body });
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
      }
    }),
  );
}
