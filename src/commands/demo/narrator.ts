import type { OpenSession } from '../../executor/contract.ts';
import type { Live } from '../../rollout/live.ts';

/** Tells the viewers of a session what befalls the cluster, where the session itself shows only its consequences. */
export class Narrator {
  #notice: Live['notice'] = null;
  #now: (() => number) | null = null;
  readonly #watchers = new Set<() => void>();

  say(text: string): void {
    if (this.#now === null) return;
    this.#notice = { at: this.#now(), text, bad: false };
    for (const watcher of this.#watchers) watcher();
  }

  /** The same session, whose notice is the later of its own and what was told here. */
  tellIn(session: OpenSession): OpenSession {
    this.#now = () => session.live().at;
    return {
      done: session.done,
      stop: () => session.stop(),
      act: (intent) => session.act(intent),
      inspect: (pod, options) => session.inspect(pod, options),
      live: () => {
        const live = session.live();
        return { ...live, notice: later(live.notice, this.#notice) };
      },
      subscribe: (changed) => {
        const unsubscribe = session.subscribe(changed);
        this.#watchers.add(changed);
        return () => {
          unsubscribe();
          this.#watchers.delete(changed);
        };
      },
    };
  }
}

function later(a: Live['notice'], b: Live['notice']): Live['notice'] {
  if (a === null || b === null) return a ?? b;
  return b.at >= a.at ? b : a;
}
