import type { ApiServer } from './api-server.ts';
import { type ApiObject, keyOf, nameOf, namespaceOf } from './objects.ts';
import type { Latency } from './process.ts';
import type { Resource } from './resources.ts';
import type { StoreEvent } from './store.ts';

/** A part's own picture of one kind: complete, in order, and late. */
export class Informer {
  readonly #objects = new Map<string, ApiObject>();
  readonly #handlers: ((event: StoreEvent) => void)[] = [];
  readonly #coming: StoreEvent[] = [];
  #seen = 0;
  #nextAt = 0;

  constructor(
    private readonly server: ApiServer,
    resource: Resource,
    private readonly lag: Latency,
  ) {
    server.store.listen(resource, (event) => this.#receive(event));
  }

  /** Calls back after the picture has changed. */
  on(handler: (event: StoreEvent) => void): void {
    this.#handlers.push(handler);
  }

  /** The version of the last event that was seen. */
  get seen(): number {
    return this.#seen;
  }

  get(namespace: string, name: string): ApiObject | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  all(): ApiObject[] {
    return [...this.#objects.values()];
  }

  #receive(event: StoreEvent): void {
    const now = this.server.clock.now();
    this.#nextAt = Math.max(this.#nextAt, now + this.lag());
    this.#coming.push(event);
    // Real timers may overtake each other by a millisecond, events must not: whichever fires takes the first.
    this.server.clock.schedule(this.#nextAt - now, () => {
      const next = this.#coming.shift();
      if (next !== undefined) this.#take(next);
    });
  }

  #take(event: StoreEvent): void {
    const key = keyOf(namespaceOf(event.object), nameOf(event.object));
    if (event.type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, event.object);
    this.#seen = event.version;
    for (const handler of this.#handlers) handler(event);
  }
}
