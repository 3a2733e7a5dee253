import { ApiError, ConnectionError } from '../cluster/api.ts';
import { observeSet } from '../cluster/observe.ts';
import { annotationPath } from '../cluster/record-store.ts';
import { applySet, patchSet } from '../cluster/writes.ts';
import type { WriteAction, WriteKind } from '../rollout/decision.ts';
import { stamp } from '../rollout/draft.ts';
import type { Json } from '../rollout/json.ts';
import { ANNOTATIONS, type RecordEvent, type RecordStatus, type RolloutRecord } from '../rollout/record.ts';
import { annotationsOf, strategyValue, writePatch } from './patch.ts';
import { hearAgain, type Surroundings, words } from './surroundings.ts';

const EVENTS_KEPT = 20;

/** Of these a refusal that is no race ends the session: there is nothing that waiting would change. */
const ESSENTIAL: ReadonlySet<WriteKind> = new Set(['start', 'settle', 'rollback', 'zero']);

type FullRecord = RolloutRecord & { status: RecordStatus };

/** Writes the set: strategy, template and status in one patch that tests the generation. */
export class SetWriter {
  constructor(private readonly around: Surroundings) {}

  async write(action: WriteAction, record: FullRecord): Promise<void> {
    const { memory, api, cache } = this.around;
    const rawSet = cache.rawSet();
    if (rawSet === null) return;
    const status = { ...record.status, ...sentBy(action), updatedAt: stamp(api.clock.now()) };
    memory.write(action);
    try {
      const written = await this.#send(rawSet, action, { ...record, status });
      this.#took(written, action, status);
    } catch (error) {
      await this.#failed(error, action, status);
    } finally {
      memory.write(null);
      this.around.changed();
    }
  }

  async #send(rawSet: Json, action: WriteAction, record: FullRecord): Promise<Json> {
    const { api, ref } = this.around;
    const written = await patchSet(api, ref, writePatch(rawSet, action, record));
    if (!isApplied(action)) return written;
    // the fence stands now, so the template may follow: no template can move a pod by itself
    try {
      return await applySet(api, ref, action.template.apply, { force: action.template.force, dryRun: false });
    } catch (error) {
      // where it may have been done the fence must stay: without it the controller would roll the set by itself
      if (isUnknown(error) || !(error instanceof ApiError)) throw error;
      await this.#undo(rawSet, record);
      throw new ManifestRefused(error);
    }
  }

  /** A manifest that was refused leaves nothing half-done (website#47038). */
  async #undo(before: Json, record: FullRecord): Promise<void> {
    const { api, ref } = this.around;
    const own = record.origin?.updateStrategy ?? strategyValue({ type: 'RollingUpdate', partition: 0 });
    const annotations = annotationsOf(before);
    await patchSet(api, ref, [
      { op: 'add', path: '/spec/updateStrategy', value: own },
      ...Object.values(ANNOTATIONS).map((name) => {
        const old = annotations?.[name];
        const path = annotationPath(name);
        return old === undefined ? ({ op: 'remove', path } as const) : ({ op: 'add', path, value: old } as const);
      }),
    ]);
  }

  #took(written: Json, action: WriteAction, sent: RecordStatus): void {
    const { memory, cache, api } = this.around;
    cache.put(written);
    memory.wroteWell();
    const set = observeSet(written, api.clock.now());
    const now = this.around.status();
    const status: RecordStatus = { ...now, ...action.then, updatedAt: sent.updatedAt };
    if (action.then.events !== undefined) status.events = joined(now.events, action.then.events);
    if (action.mustSee) status.mustSee = set.generation;
    if (action.then.target !== undefined) status.target = { ...status.target, templateHash: set.templateHash };
    this.around.setStatus(status);
    this.around.wrote(sent);
  }

  async #failed(failure: unknown, action: WriteAction, sent: RecordStatus): Promise<void> {
    const { memory, cache, api } = this.around;
    const manifestRefused = failure instanceof ManifestRefused;
    const error = manifestRefused ? failure.answer : failure;
    if (isUnknown(error)) {
      if (!(await hearAgain(this.around))) return;
      const rawSet = cache.rawSet();
      // of the two writes of a manifest this shows only the first; both are made again, which changes nothing twice
      const whole = !isApplied(action);
      if (whole && rawSet !== null && annotationsOf(rawSet)?.[ANNOTATIONS.status] === JSON.stringify(sent)) {
        this.#took(rawSet, action, sent);
        return;
      }
      memory.failWrite(words(error), api.clock.now());
      return;
    }
    if (!(error instanceof ApiError)) {
      this.around.fail(words(error));
      return;
    }
    if (error.code === 403) {
      this.around.forbidden(error.message);
      return;
    }
    if (!(await hearAgain(this.around))) return;
    const rawSet = cache.rawSet();
    const raced =
      !manifestRefused && rawSet !== null && observeSet(rawSet, api.clock.now()).generation !== action.generation;
    if (raced) return;
    const final = error.code >= 400 && error.code < 500 && error.code !== 409 && error.code !== 429;
    if (final && ESSENTIAL.has(action.what))
      this.around.fail(`the API server refuses to ${action.why}: ${error.message}`);
    else memory.failWrite(`the API server refuses a write of the set: ${error.message}`, api.clock.now());
  }
}

/** The fence that went before it is taken back; that we ourselves have moved the generation is no race. */
class ManifestRefused extends Error {
  constructor(readonly answer: ApiError) {
    super(answer.message);
  }
}

type AppliedAction = WriteAction & { template: { apply: Json; force: boolean } };

function isApplied(action: WriteAction): action is AppliedAction {
  return action.template !== undefined && 'apply' in action.template;
}

/**
 * The status that goes into the patch of the set. A manifest is applied after it, by a call of its own: until that is
 * done the rollout has not begun, whoever goes on with it.
 */
function sentBy(action: WriteAction): Partial<RecordStatus> {
  return isApplied(action) && action.then.fence !== undefined ? { fence: action.then.fence } : action.then;
}

/** Whether the call may have been done all the same: no answer came, or the API server's etcd did not say in time. */
function isUnknown(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ApiError && error.code >= 500);
}

/** Events noted while the write was under way must not be lost, and none told twice. */
function joined(now: readonly RecordEvent[], then: readonly RecordEvent[]): RecordEvent[] {
  const known = new Set(now.map((event) => JSON.stringify(event)));
  return [...now, ...then.filter((event) => !known.has(JSON.stringify(event)))].slice(-EVENTS_KEPT);
}
