import { type Bell, callBytes, callFor, TITLE, titleOf } from '../attention.ts';
import type { View } from '../view.ts';

/** What is told beside the frames: the window's title, and a call when a person is needed. None of it moves the cursor. */
export class TerminalSignals {
  readonly #write: (bytes: string) => void;
  readonly #bell: Bell;
  readonly #env: NodeJS.ProcessEnv;
  #title: string | null = null;
  #before: View | null = null;

  constructor(write: (bytes: string) => void, bell: Bell, env: NodeJS.ProcessEnv) {
    this.#write = write;
    this.#bell = bell;
    this.#env = env;
  }

  show(view: View): void {
    const title = titleOf(view);
    if (title !== this.#title) {
      this.#write(`${this.#title === null ? TITLE.save : ''}${TITLE.set(title)}`);
      this.#title = title;
    }
    const call = callFor(this.#before, view);
    const bytes = call === null ? '' : callBytes(this.#bell, call, this.#env);
    if (bytes !== '') this.#write(bytes);
    this.#before = view;
  }

  /** The title is again what it was. */
  end(): void {
    if (this.#title !== null) this.#write(TITLE.restore);
    this.#title = null;
  }
}
