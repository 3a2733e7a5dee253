import { deletePod, type EvictionAnswer, evictPod } from '../cluster/writes.ts';
import type { DisruptAction, ProbeAction } from '../rollout/decision.ts';
import { stamp } from '../rollout/draft.ts';
import { isObject } from '../rollout/json.ts';
import { hearAgain, type Surroundings, words } from './surroundings.ts';

/** After "gone": the watch is about to say so, and only if it does not is the question asked again. */
const GONE_RETRY_MS = 500;

/** Takes pods away (or asks whether it might), one request at a time, and remembers the answer. */
export class Disrupter {
  constructor(private readonly around: Surroundings) {}

  /** @param target the revision that the pod is to come back at */
  async disrupt(action: DisruptAction, target: string | null, picture: string): Promise<void> {
    const { memory, api, ref } = this.around;
    memory.disrupting = true;
    try {
      const request = { pod: action.pod, uid: action.uid, dryRun: false };
      const answer = await (action.how === 'evict' ? evictPod(api, ref, request) : deletePod(api, ref, request));
      if (answer.kind === 'unknown') await this.#unknown(answer.why, action, target, picture);
      else this.#take(answer, action, picture, () => this.#accepted(action, target));
    } catch (error) {
      await this.#unknown(words(error), action, target, picture);
    } finally {
      memory.disrupting = false;
      this.around.changed();
    }
  }

  async probe(action: ProbeAction, picture: string): Promise<void> {
    const { memory, api, ref } = this.around;
    memory.disrupting = true;
    try {
      const answer = await evictPod(api, ref, { pod: action.pod, uid: action.uid, dryRun: true });
      this.#take(answer, action, picture, () => memory.probe(action.pod, action.uid, api.clock.now()));
    } catch (error) {
      memory.refuse(action.pod, action.uid, words(error), null, api.clock.now(), 1_000, picture);
    } finally {
      memory.disrupting = false;
      this.around.changed();
    }
  }

  #accepted(action: DisruptAction, target: string | null): void {
    const { memory, api } = this.around;
    memory.accept({ pod: action.pod, uid: action.uid, target });
    this.around.setStatus({ ...this.around.status(), lastDisruptionAt: stamp(api.clock.now()) });
  }

  #take(answer: EvictionAnswer, action: { pod: string; uid: string }, picture: string, accepted: () => void): void {
    const { memory, api } = this.around;
    const refuse = (why: string, budget: string | null, retryMs: number) =>
      memory.refuse(action.pod, action.uid, why, budget, api.clock.now(), retryMs, picture);
    switch (answer.kind) {
      case 'accepted':
        accepted();
        break;
      case 'gone':
        refuse('it is gone already, or another pod has its name', null, GONE_RETRY_MS);
        break;
      case 'refused':
        refuse(answer.why, answer.budget, answer.retryAfterMs);
        break;
      case 'overloaded':
        refuse('the API server is overloaded', null, Math.max(1_000, answer.retryAfterMs));
        break;
      case 'conflict':
      case 'unknown':
        refuse(answer.why, null, 1_000);
        break;
      case 'forbidden':
        this.around.forbidden(`${action.pod} may not be taken away: ${answer.why}`);
        break;
    }
  }

  /**
   * No answer came, or one that does not say whether it was done (etcd was too slow). Where that very pod is going or
   * gone, it was accepted: the fence must follow it, and it must not be asked for again.
   */
  async #unknown(why: string, action: DisruptAction, target: string | null, picture: string): Promise<void> {
    const { memory, cache, api } = this.around;
    if (!(await hearAgain(this.around))) return;
    const pod = cache
      .rawPods()
      .find((each) => isObject(each) && isObject(each.metadata) && each.metadata.uid === action.uid);
    const living = isObject(pod) && isObject(pod.metadata) && pod.metadata.deletionTimestamp === undefined;
    if (!living) this.#accepted(action, target);
    else memory.refuse(action.pod, action.uid, why, null, api.clock.now(), 1_000, picture);
  }
}
