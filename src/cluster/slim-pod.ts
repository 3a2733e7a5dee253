import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { NOT_BEFORE } from '../rollout/pod-gate.ts';

/** Names of members to keep: of each of them all, or of its own members only these. */
interface Kept {
  [member: string]: true | Kept;
}

const CONTAINER: Kept = { name: true, image: true, restartPolicy: true };
const STATUS: Kept = { name: true, ready: true, restartCount: true, state: true, lastState: true };

/** What anybody here reads of a cached pod: podShape, and what tells one object from another. */
const KEPT: Kept = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    generation: true,
    resourceVersion: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    deletionGracePeriodSeconds: true,
    labels: true,
    annotations: { [NOT_BEFORE]: true },
    finalizers: true,
    ownerReferences: true,
  },
  spec: { nodeName: true, terminationGracePeriodSeconds: true, containers: CONTAINER, initContainers: CONTAINER },
  status: {
    phase: true,
    podIP: true,
    reason: true,
    message: true,
    conditions: true,
    containerStatuses: STATUS,
    initContainerStatuses: STATUS,
  },
};

/**
 * A pod without what nobody here reads: managedFields, other annotations, environment and volumes are most of its 6 KB and
 * more, and of thousands of pods they would be most of our memory.
 */
export function slimPod(pod: JsonObject): JsonObject {
  return pick(pod, KEPT);
}

function pick(object: JsonObject, kept: Kept): JsonObject {
  const slim: JsonObject = {};
  for (const [member, inner] of Object.entries(kept)) {
    const value = object[member];
    if (value === undefined) continue;
    slim[member] = inner === true ? value : within(value, inner);
  }
  return slim;
}

/** Lists are lists of such objects; what is of another type is kept, to be complained of where it is read. */
function within(value: Json, kept: Kept): Json {
  if (Array.isArray(value)) return value.map((item) => within(item, kept));
  return isObject(value) ? pick(value, kept) : value;
}
