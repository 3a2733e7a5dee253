import { isObject, type Json } from '../rollout/json.ts';
import type { ContainerDetails, ContainerState, PodCondition, PodDetails, PodLog } from '../rollout/pod-details.ts';
import { type Api, ApiError } from './api.ts';
import { listAt, numberAt, objectAt, textAt, timeAt, uidOf } from './fields.ts';
import { podEvents, podLog } from './reads.ts';
import { podPath, type SetRef } from './ref.ts';
import { isStatus, plainText } from './words.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** A node keeps its zone; one that was made again under its name may have another: an hour is soon enough to see. */
const ZONE_KEPT_MS = 3_600_000;

/**
 * Reads one pod with everything around it: its node's zone, its events and its log. What we may not read is null.
 * @throws ApiError 404 where the pod is not there; ConnectionError
 */
export class PodReader {
  readonly #api: Api;
  readonly #ref: SetRef;
  readonly #zones = new Map<string, { zone: string | null; at: number }>();

  constructor(api: Api, ref: SetRef) {
    this.#api = api;
    this.#ref = ref;
  }

  /** @param logLines of the container that is least well; 0 reads no log */
  async read(name: string, logLines: number): Promise<PodDetails> {
    const raw = await this.#pod(name);
    const containers = containersOf(raw);
    const node = textAt(raw, 'spec', 'nodeName');
    const [zone, events, log] = await Promise.all([
      node === '' ? null : this.#zone(node),
      podEvents(this.#api, this.#ref, { name, uid: uidOf(raw) }),
      logLines === 0 ? null : this.#log(name, containers, logLines),
    ]);
    return { at: this.#api.clock.now(), zone, conditions: conditionsOf(raw), containers, events, log };
  }

  async #pod(name: string): Promise<Json> {
    try {
      return await this.#api.request({ method: 'GET', path: podPath(this.#ref.namespace, name) });
    } catch (error) {
      if (isStatus(error, 404)) throw new ApiError(404, 'NotFound', `pod ${name} is not there now`);
      throw error;
    }
  }

  async #zone(node: string): Promise<string | null> {
    const now = this.#api.clock.now();
    const known = this.#zones.get(node);
    if (known !== undefined && now - known.at < ZONE_KEPT_MS) return known.zone;
    const zone = await this.#api
      .request({ method: 'GET', path: `/api/v1/nodes/${encodeURIComponent(node)}` })
      .then((raw) => textAt(raw, 'metadata', 'labels', ZONE_LABEL) || null)
      .catch((error: unknown) => {
        // a namespace's engineers may often not look at nodes
        if (isStatus(error, 403) || isStatus(error, 404)) return null;
        throw error;
      });
    this.#zones.set(node, { zone, at: now });
    return zone;
  }

  async #log(pod: string, containers: readonly ContainerDetails[], tailLines: number): Promise<PodLog | null> {
    const worst =
      containers.find(({ ready, kind }) => !ready && kind !== 'init') ??
      containers.find(({ kind }) => kind === 'container');
    if (worst === undefined) return null;
    // between two runs of a container that crashes only the one before has something to say
    const previous = worst.state?.kind === 'waiting' && worst.before !== null;
    const lines = await podLog(this.#api, this.#ref, pod, worst.name, { tailLines, previous });
    return { container: worst.name, previous, lines };
  }
}

function conditionsOf(raw: Json): PodCondition[] {
  return listAt(raw, 'status', 'conditions').map((each) => ({
    type: textAt(each, 'type'),
    status: textAt(each, 'status'),
    reason: textAt(each, 'reason'),
    message: plainText(textAt(each, 'message')),
    since: timeAt(each, 'lastTransitionTime'),
  }));
}

function containersOf(raw: Json): ContainerDetails[] {
  const init = listAt(raw, 'spec', 'initContainers').map((each) =>
    containerOf(each, listAt(raw, 'status', 'initContainerStatuses'), isSidecar(each) ? 'sidecar' : 'init'),
  );
  const main = listAt(raw, 'spec', 'containers').map((each) =>
    containerOf(each, listAt(raw, 'status', 'containerStatuses'), 'container'),
  );
  return [...init, ...main];
}

function isSidecar(container: Json): boolean {
  return textAt(container, 'restartPolicy') === 'Always';
}

function containerOf(spec: Json, statuses: readonly Json[], kind: ContainerDetails['kind']): ContainerDetails {
  const name = textAt(spec, 'name');
  const status = statuses.find((each) => textAt(each, 'name') === name) ?? null;
  return {
    name,
    image: textAt(spec, 'image'),
    kind,
    ready: isObject(status) && status.ready === true,
    restarts: numberAt(status, 'restartCount'),
    state: stateOf(objectAt(status, 'state')),
    before: stateOf(objectAt(status, 'lastState')),
  };
}

function stateOf(raw: Json): ContainerState | null {
  if (!isObject(raw)) return null;
  for (const kind of ['waiting', 'running', 'terminated'] as const) {
    const state = raw[kind];
    if (!isObject(state)) continue;
    return {
      kind,
      reason: textAt(state, 'reason'),
      message: plainText(textAt(state, 'message')),
      exitCode: kind === 'terminated' ? numberAt(state, 'exitCode') : null,
      since: timeAt(state, kind === 'running' ? 'startedAt' : 'finishedAt'),
    };
  }
  return null;
}
