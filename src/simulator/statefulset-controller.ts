import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import type { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import {
  type ApiObject,
  at,
  controllerOf,
  keyOf,
  nameOf,
  namespaceOf,
  number,
  objects,
  uidOf,
  versionOf,
} from './objects.ts';
import { call, type Latency, type Outcome, type Process } from './process.ts';
import { CONTROLLER_REVISIONS, PODS, STATEFULSETS } from './resources.ts';
import { byRevision, newRevision, ownerReference, sameData } from './revisions.ts';
import { labelSelectorMatcher } from './selectors.ts';
import { availableAt, ordinalOf, revisionOf, settingsOf } from './statefulset-pods.ts';
import { isInconsistent, promoted, type SetStatus, statusJson } from './statefulset-status.ts';
import { type Sync, updateSet } from './statefulset-update.ts';
import { conflict, StatusError } from './status.ts';
import { WorkQueue } from './work-queue.ts';

const CALLER: Caller = { user: 'system:serviceaccount:kube-system:statefulset-controller', manager: null };
const JSON_PATCH = 'application/json-patch+json';
/** Attempts to write a status over conflicts (client-go's retry.DefaultRetry). */
const STATUS_ATTEMPTS = 5;

/** The StatefulSet controller: it acts on what it has seen, which is later than what is. */
export class StatefulSetController {
  readonly #sets: Informer;
  readonly #pods: Informer;
  readonly #revisions: Informer;
  readonly #queue: WorkQueue;
  /** Per set, the last version that a write of ours made (1.37 waits until it has seen it). */
  readonly #wrote = new Map<string, { set: number; pods: number }>();

  constructor(
    private readonly server: ApiServer,
    private readonly events: EventRecorder,
    lag: Latency,
    latency: Latency,
  ) {
    this.#sets = new Informer(server, STATEFULSETS, lag);
    this.#pods = new Informer(server, PODS, lag);
    this.#revisions = new Informer(server, CONTROLLER_REVISIONS, lag);
    this.#queue = new WorkQueue(server.clock, latency, (key) => this.#sync(key));
    this.#sets.on(({ object }) => this.#queue.add(keyOf(namespaceOf(object), nameOf(object))));
    this.#pods.on((event) => this.#podChanged(event.object));
  }

  #podChanged(pod: ApiObject): void {
    const owner = controllerOf(pod);
    for (const set of this.#sets.all()) {
      const owns = owner !== undefined ? owner.uid === uidOf(set) : labelSelectorMatcher(at(set.spec).selector)(pod);
      if (owns && namespaceOf(set) === namespaceOf(pod)) this.#queue.add(keyOf(namespaceOf(set), nameOf(set)));
    }
  }

  *#sync(key: string): Process<void> {
    const slash = key.indexOf('/');
    const set = this.#sets.get(key.slice(0, slash), key.slice(slash + 1));
    if (set === undefined) {
      this.#wrote.delete(key);
      return;
    }
    this.#checkConsistency(key, set);
    const settings = settingsOf(set);
    const selected = labelSelectorMatcher(at(set.spec).selector);
    yield* this.#adopt(set, this.#revisions.all().filter(selected), CONTROLLER_REVISIONS);
    yield* this.#adopt(
      set,
      this.#pods.all().filter((pod) => selected(pod) && ordinalOf(set, pod) !== null),
      PODS,
    );
    const pods = this.#pods.all().filter((pod) => controllerOf(pod)?.uid === uidOf(set));
    const now = this.server.clock.now();

    const revisions = this.#revisions.all().filter((each) => controllerOf(each)?.uid === uidOf(set));
    const { update, collisionCount } = yield* this.#updateRevision(set, revisions.sort(byRevision));
    const current = revisions.find((each) => nameOf(each) === at(set.status).currentRevision) ?? update;
    const sync: Sync = {
      set,
      settings,
      version: this.server.version,
      now,
      current,
      update,
      create: (pod) => this.#create(key, set, pod),
      delete: (pod) => this.#delete(key, set, pod),
      together,
    };
    const { status, error } = yield* updateSet(sync, pods, {
      observedGeneration: number(set.metadata.generation),
      currentRevision: nameOf(current),
      updateRevision: nameOf(update),
      collisionCount,
      replicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      currentReplicas: 0,
      updatedReplicas: 0,
    });
    yield* this.#writeStatus(key, set, promoted(status, settings, this.server.version));
    yield* this.#truncateHistory(revisions, pods, [nameOf(current), nameOf(update)], settings.historyLimit);
    if (error !== null) throw error;
    if (settings.minReadySeconds > 0 && status.readyReplicas !== status.availableReplicas) {
      const next = pods.map((pod) => availableAt(pod, settings.minReadySeconds) - now).filter((ms) => ms > 0);
      const wait = Math.min(...next, settings.minReadySeconds * 1000);
      this.#queue.addAfter(key, Math.max(1, now + wait - this.server.clock.now()));
    }
  }

  /** In the words of its events; later versions begin them with a capital. */
  #verb(verb: 'create' | 'delete'): string {
    return this.server.version === '1.34' ? verb : `${verb[0]?.toUpperCase()}${verb.slice(1)}`;
  }

  /** From 1.36 on a sync waits until it sees what the last one wrote (StaleControllerConsistencyStatefulSet). */
  #checkConsistency(key: string, set: ApiObject): void {
    const wrote = this.#wrote.get(key);
    if (this.server.version === '1.34' || wrote === undefined) return;
    if (this.#sets.seen < wrote.set || this.#pods.seen < wrote.pods) {
      throw conflict(STATEFULSETS, nameOf(set), 'the cache has not seen the last write yet');
    }
  }

  #noteWrite(key: string, kind: 'set' | 'pods', object: ApiObject): void {
    const wrote = this.#wrote.get(key) ?? { set: 0, pods: 0 };
    this.#wrote.set(key, { ...wrote, [kind]: versionOf(object) });
  }

  /** What matches the set and belongs to nobody is taken over: after a deletion that left orphans. */
  *#adopt(set: ApiObject, candidates: ApiObject[], resource: typeof PODS): Process<void> {
    if (set.metadata.deletionTimestamp !== undefined) return;
    for (const orphan of candidates) {
      if (controllerOf(orphan) !== undefined || orphan.metadata.deletionTimestamp !== undefined) continue;
      if (namespaceOf(orphan) !== namespaceOf(set)) continue;
      const ownerReferences = [...objects(orphan.metadata.ownerReferences), ownerReference(set)];
      const patch = { metadata: { uid: uidOf(orphan), ownerReferences } };
      const type = 'application/merge-patch+json';
      yield* call(() => {
        // asked of the server, not of the cache: a set that is being deleted with orphans must not take them back
        // (kubernetes: stateful_set.go, canAdoptFunc)
        const live = this.server.get(STATEFULSETS, namespaceOf(set), nameOf(set));
        const gone = uidOf(live) !== uidOf(set) || live.metadata.deletionTimestamp !== undefined;
        if (gone) throw conflict(STATEFULSETS, nameOf(set), 'it is being deleted, or another one has its name');
        return this.server.patch(CALLER, resource, namespaceOf(orphan), nameOf(orphan), patch, type);
      });
    }
  }

  /** The revision of the template as it is: the last one, an older one that is equal, or a new one (design, F12). */
  *#updateRevision(set: ApiObject, revisions: ApiObject[]): Process<{ update: ApiObject; collisionCount: number }> {
    let collisionCount = number(at(set.status).collisionCount);
    const last = revisions.at(-1);
    const wanted = newRevision(set, number(last?.revision) + 1, collisionCount);
    const same = revisions.findLast((each) => sameData(each, wanted));
    if (same !== undefined) {
      if (same === last) return { update: same, collisionCount };
      const patch = [{ op: 'replace', path: '/revision', value: number(wanted.revision) }];
      const bumped = yield* call(() =>
        this.server.patch(CALLER, CONTROLLER_REVISIONS, namespaceOf(set), nameOf(same), patch, JSON_PATCH),
      );
      revisions[revisions.indexOf(same)] = bumped;
      return { update: bumped, collisionCount };
    }
    for (;;) {
      const revision = newRevision(set, number(wanted.revision), collisionCount);
      try {
        const made = yield* call(() => this.server.create(CALLER, CONTROLLER_REVISIONS, namespaceOf(set), revision));
        return { update: made, collisionCount };
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
        const other = this.server.store.get(CONTROLLER_REVISIONS, namespaceOf(set), nameOf(revision));
        if (other !== undefined && sameData(other, revision)) return { update: other, collisionCount };
        collisionCount++;
      }
    }
  }

  *#create(key: string, set: ApiObject, pod: ApiObject): Process<void> {
    try {
      const made = yield* call(() => this.server.create(CALLER, PODS, namespaceOf(set), pod));
      this.#noteWrite(key, 'pods', made);
      this.events.normal(
        set,
        'SuccessfulCreate',
        `${this.#verb('create')} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`,
      );
    } catch (error) {
      if (error instanceof StatusError && error.reason !== 'AlreadyExists') {
        const what = `${this.#verb('create')} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${error.message}`;
        this.events.warning(set, 'FailedCreate', what);
      }
      throw error;
    }
  }

  /** By name, without a precondition, as the real one does: it may meet another pod than it saw. */
  *#delete(key: string, set: ApiObject, pod: ApiObject): Process<void> {
    try {
      const gone = yield* call(() => this.server.delete(CALLER, PODS, namespaceOf(set), nameOf(pod)));
      this.#noteWrite(key, 'pods', gone);
      this.events.normal(
        set,
        'SuccessfulDelete',
        `${this.#verb('delete')} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`,
      );
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code === 404) return;
      const what = `${this.#verb('delete')} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${error.message}`;
      this.events.warning(set, 'FailedDelete', what);
      throw error;
    }
  }

  *#writeStatus(key: string, seen: ApiObject, status: SetStatus): Process<void> {
    if (!isInconsistent(seen, status)) return;
    let set = seen;
    for (let attempt = 1; ; attempt++) {
      const body = { ...set, status: statusJson(status) };
      try {
        const written = yield* call(() =>
          this.server.update(CALLER, STATEFULSETS, namespaceOf(set), nameOf(set), body, { subresource: 'status' }),
        );
        this.#noteWrite(key, 'set', written);
        return;
      } catch (error) {
        const isConflict = error instanceof StatusError && error.reason === 'Conflict';
        if (!isConflict || attempt === STATUS_ATTEMPTS) throw error;
        set = this.#sets.get(namespaceOf(set), nameOf(set)) ?? set;
      }
    }
  }

  /** Forgets old revisions that nothing names, the oldest first. */
  *#truncateHistory(revisions: ApiObject[], pods: ApiObject[], live: string[], limit: number): Process<void> {
    const named = new Set([...live, ...pods.map(revisionOf)]);
    const history = revisions.filter((each) => !named.has(nameOf(each)));
    for (const old of history.slice(0, Math.max(0, history.length - limit))) {
      try {
        yield* call(() => this.server.delete(CALLER, CONTROLLER_REVISIONS, namespaceOf(old), nameOf(old)));
      } catch (error) {
        if (!(error instanceof StatusError) || error.code !== 404) throw error;
      }
    }
  }
}

/** Runs processes step by step at the same time. */
function* together(processes: readonly Process<void>[]): Process<void> {
  let failure: StatusError | null = null;
  const advance = (process: Process<void>, outcomes: readonly Outcome[]): readonly (() => unknown)[] | null => {
    try {
      const next = process.next(outcomes);
      return next.done ? null : next.value;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failure ??= error;
      return null;
    }
  };
  let open = processes.map((process) => ({ process, calls: advance(process, []) }));
  for (;;) {
    open = open.filter(({ calls }) => calls !== null);
    if (open.length === 0) break;
    const outcomes = yield open.flatMap(({ calls }) => calls ?? []);
    let taken = 0;
    open = open.map(({ process, calls }) => {
      const count = calls?.length ?? 0;
      taken += count;
      return { process, calls: advance(process, outcomes.slice(taken - count, taken)) };
    });
  }
  if (failure !== null) throw failure;
}
