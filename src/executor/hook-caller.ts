import { callHook, execVerdict, type HookSubject, type HookVerdict, hookCommand, lastWords } from '../gates/hooks.ts';
import { type Outside, within } from '../gates/outside.ts';
import type { AskAction } from '../rollout/decision.ts';
import { stamp } from '../rollout/draft.ts';
import { durationMs } from '../rollout/duration.ts';
import { withAnswer } from '../rollout/hook.ts';
import { type Surroundings, words } from './surroundings.ts';

/**
 * Asks the hooks of pods, and keeps their answers in the record. At least once: where we end before the answer is
 * written, the next executor asks again.
 */
export class HookCaller {
  readonly #stopped = new AbortController();

  constructor(
    private readonly around: Surroundings,
    private readonly outside: Outside,
  ) {}

  async ask(action: AskAction): Promise<void> {
    const { api, memory } = this.around;
    const { moment, pod, uid, hook } = action;
    const timeoutMs = durationMs(hook.timeout);
    const asking = { moment, pod, uid, until: api.clock.now() + timeoutMs };
    memory.asking = [...memory.asking, asking];
    let verdict: HookVerdict;
    try {
      verdict = await within(api.clock, timeoutMs, this.#stopped.signal, (signal) => this.#call(action, signal));
    } catch (error) {
      verdict = { agreed: false, words: lastWords(words(error)) };
    }
    memory.asking = memory.asking.filter((each) => each !== asking);
    // what was called off is no answer
    if (this.#stopped.signal.aborted || this.around.ended()) return;
    const status = this.around.status();
    const answer = { moment, pod, uid, at: stamp(api.clock.now()), ...verdict };
    this.around.setStatus({ ...status, hooks: withAnswer(status.hooks, answer) });
    this.around.changed();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #call(action: AskAction, signal: AbortSignal): Promise<HookVerdict> {
    const { api, ref } = this.around;
    const { hook, kind: _, ...rest } = action;
    const subject: HookSubject = { ...rest, namespace: ref.namespace, statefulSet: ref.name };
    if (hook.url !== undefined) return callHook(this.outside, hook.url, subject, signal);
    if (hook.command === undefined || api.exec === undefined) throw new Error('commands cannot be run here');
    const result = await api.exec({
      namespace: ref.namespace,
      pod: hook.pod ?? action.pod,
      ...(hook.container === undefined ? {} : { container: hook.container }),
      command: hookCommand(hook.command, subject),
      signal,
    });
    return execVerdict(result);
  }
}
