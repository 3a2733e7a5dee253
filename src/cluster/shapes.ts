import { z } from 'zod';
import type { Json } from '../rollout/json.ts';
import { nameOf } from './fields.ts';

// What we read of API objects. Lenient: zero values and empty lists are left out by the API server, and some clients
// send null for them; only a wrong type is an error.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}

const time = z
  .string()
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return null;
    const ms = Date.parse(value);
    if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not a time` });
    return ms;
  });

/** kubernetes.io/docs/setup/best-practices/cluster-large: of a whole cluster. A place is kept for each pod of a set. */
const MOST_PODS = 150_000;

/** int32, as the API has it: what is counted one by one must not be beyond what can be counted. */
const index = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .nullish()
  .transform((value) => value ?? 0);

const container = z.object({ name: z.string(), image: text, restartPolicy: text });
const owner = z.object({ uid: z.string(), controller: flag });
const metadata = z.object({
  name: z.string(),
  namespace: text,
  uid: z.string(),
  generation: count,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: z.number().nullish(),
  annotations: texts,
  labels: texts,
  finalizers: listOf(z.string()),
  ownerReferences: listOf(owner),
});

export const setShape = z.object({
  metadata,
  spec: z.object({
    replicas: z
      .int()
      .min(0)
      .max(MOST_PODS, { error: `more than ${MOST_PODS}, the most pods that Kubernetes is made for` })
      .nullish()
      .transform((value) => value ?? 1),
    ordinals: z.object({ start: index }).nullish(),
    podManagementPolicy: z.enum(['OrderedReady', 'Parallel']).nullish(),
    minReadySeconds: count,
    updateStrategy: z
      .object({
        type: text,
        rollingUpdate: z
          .object({ partition: index, maxUnavailable: z.union([z.string(), z.number()]).nullish() })
          .nullish(),
      })
      .nullish(),
    template: z.object({ spec: z.object({ containers: listOf(container) }).nullish() }),
  }),
  status: z
    .object({ observedGeneration: count, replicas: count, currentRevision: text, updateRevision: text })
    .nullish(),
});

const terminated = z.object({ exitCode: count, reason: text, message: text }).nullish();
const containerStatus = z.object({
  name: z.string(),
  ready: flag,
  restartCount: count,
  state: z
    .object({
      waiting: z.object({ reason: text, message: text }).nullish(),
      running: z.object({ startedAt: time }).nullish(),
      terminated,
    })
    .nullish(),
  lastState: z.object({ terminated }).nullish(),
});

export const podShape = z.object({
  metadata,
  spec: z.object({
    nodeName: text,
    terminationGracePeriodSeconds: z.number().nullish(),
    containers: listOf(container),
    initContainers: listOf(container),
  }),
  status: z
    .object({
      phase: text,
      podIP: text,
      reason: text,
      message: text,
      conditions: listOf(
        z.object({ type: z.string(), status: text, reason: text, message: text, lastTransitionTime: time }),
      ),
      containerStatuses: listOf(containerStatus),
      initContainerStatuses: listOf(containerStatus),
    })
    .nullish(),
});

export type RawSet = z.output<typeof setShape>;
export type RawPod = z.output<typeof podShape>;
export type ContainerStatus = z.output<typeof containerStatus>;

/** An object of the cluster is not what its kind says it is. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** @throws MalformedError naming the object and the field */
export function shaped<T extends z.ZodType>(shape: T, kind: string, raw: Json): z.output<T> {
  const parsed = shape.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'the object';
  throw new MalformedError(
    `${kind} ${nameOf(raw) || '(without a name)'}: ${field}: ${issue?.message ?? 'not understood'}`,
  );
}
