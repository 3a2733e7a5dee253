/** Splits a stream of bytes into lines, however it is cut, within a character too. */
export class Lines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The whole lines that this chunk completes, without their ends; empty ones are left out. */
  push(chunk: Uint8Array): string[] {
    const text = this.#decoder.decode(chunk, { stream: true });
    // a long line comes in many chunks: only the new text is searched
    if (!text.includes('\n')) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }

  /** What was begun and not ended. */
  get rest(): string {
    return this.#rest.trim();
  }
}
