import { isObject, type Json, type JsonObject } from '../rollout/json.ts';
import { type Api, ApiError, type WatchEvent } from './api.ts';
import { isOlder, versionOf } from './fields.ts';
import { type Listed, listAll } from './list.ts';
import { spreadOver } from './spread.ts';
import { eventError } from './status.ts';
import { stopwatchOf } from './stopwatch.ts';
import { type Change, Store } from './store.ts';
import { errorText, isConnectionError, isStatus } from './words.ts';

/** Older than this since anything was heard, and a fresh list goes before the next write. */
const SILENT_MS = 15_000;
/** Two lists at least so long apart, where nobody asks by `refresh`. */
const LIST_APART_MS = 5_000;
/** From one list to the next, where nothing asks for it before: between these, for each path always the same. */
const RELIST_MS = { least: 270_000, most: 330_000 };
const BACK_OFF_MS = { least: 1_000, most: 30_000 };
/** After watches that end in good order, but at once. */
const PAUSE_AT_MOST_MS = 5_000;
/** A watch that lived so long was a good one. */
const LIVED_MS = 5_000;

export interface ListWatchOptions {
  path: string;
  query?: Record<string, string>;
  /** A watch that carries nothing for so long is begun again, quietly. 30 s where it is left out. */
  idleMs?: number;
  /** 0 to 1, for the jitter. */
  random?: () => number;
  /** A list of this very path and query, `keep` done: it is watched on from there, and nothing is listed at first. */
  from?: (Listed & { at: number }) | undefined;
  /** What is kept of each object; all, where it is left out. A change of what is not kept is none. */
  keep?: (object: JsonObject) => JsonObject;
}

/**
 * One list and one watch of one path, for ever: resumes, lists anew where it must, backs off, and says how far what it
 * shows can be trusted. client-node's informer stops for good at the first reset (its issues 596, 1933).
 */
export class ListWatch<T extends JsonObject = JsonObject> {
  readonly #api: Api;
  readonly #options: Required<Omit<ListWatchOptions, 'from'>>;
  readonly #store: Store;
  readonly #handlers = new Set<(change: Change | null) => void>();
  readonly #closing = new AbortController();
  readonly #first: Promise<void>;
  #state: 'connecting' | 'live' | 'broken' = 'connecting';
  #detail: string | null = null;
  #heardAt: number;
  #brokenAt: number | null = null;
  /** From where to watch; '' where only a list can tell. */
  #version = '';
  /** Between a break and the first sign of life. */
  #interrupted = true;
  /** Only a fresh list makes this good. */
  #suspect = true;
  #failures = 0;
  #livedMs = 0;
  #listing: Promise<void> | null = null;
  #nextListing: Promise<void> | null = null;
  #listedAt = Number.NEGATIVE_INFINITY;
  #cancelRelist: () => void = () => {};
  /** Executors that were started together must not list together. */
  readonly #relistMs: number;

  constructor(api: Api, { from, ...options }: ListWatchOptions) {
    this.#api = api;
    this.#options = { query: {}, idleMs: 30_000, random: Math.random, keep: (object) => object, ...options };
    this.#store = new Store(options.keep !== undefined);
    this.#relistMs = spreadOver(RELIST_MS, `${options.path} ${JSON.stringify(options.query)}`);
    this.#heardAt = api.clock.now();
    this.#first = from === undefined ? this.refresh() : this.#goOn(from);
    // whoever needs it asks by ready(); the loop tries again in any case
    this.#first.catch(() => {});
    void this.#run();
  }

  /** Resolves with the first list. @throws what that list failed with; it goes on trying all the same */
  ready(): Promise<void> {
    return this.#first;
  }

  /** By uid. */
  items(): ReadonlyMap<string, T> {
    return this.#store.items as ReadonlyMap<string, T>;
  }

  /** Counts up with each change of the items. */
  get changes(): number {
    return this.#store.changes;
  }

  get state(): 'connecting' | 'live' | 'broken' {
    return this.#state;
  }

  /** Why it is not live, in words. */
  get detail(): string | null {
    return this.#detail;
  }

  /** On the API server's clock, milliseconds. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** When it broke; null where it is not broken. */
  get brokenAt(): number | null {
    return this.#brokenAt;
  }

  /**
   * Whether one may act on what is shown: nothing has been lost since, as far as can be known. After a silence of 15 s
   * that takes a list, and asking begins it: subscribers hear when it is there.
   */
  get fresh(): boolean {
    if (this.#interrupted) return false;
    const silent = this.#api.clock.now() - this.#heardAt > SILENT_MS;
    if (!silent && !this.#suspect) return true;
    this.#listWhereDue();
    return false;
  }

  #listWhereDue(): void {
    const due = this.#api.clock.now() - this.#listedAt >= LIST_APART_MS;
    if (due && !this.#listing && !this.#closing.signal.aborted) this.refresh().catch(() => {});
  }

  /** One list that begins now, after whatever was asked before. @throws ApiError, ConnectionError */
  refresh(): Promise<void> {
    if (!this.#listing) return this.#list();
    this.#nextListing ??= this.#listing
      .catch(() => {})
      .then(() => {
        this.#nextListing = null;
        return this.#list();
      });
    return this.#nextListing;
  }

  /** The answer to our own write: shown at once, unless something newer is known. */
  put(object: Json): void {
    if (isObject(object)) this.#tell(this.#store.set(this.#options.keep(object)));
  }

  /** Calls back after each change of an object, and with null after a change of state; returns what ends it. */
  subscribe(handler: (change: Change | null) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  close(): void {
    this.#closing.abort();
    this.#cancelRelist();
    this.#handlers.clear();
  }

  async #goOn({ items, version, at }: Listed & { at: number }): Promise<void> {
    this.#store.replace(items, version);
    this.#version = version;
    this.#suspect = false;
    this.#heardAt = at;
    this.#listedAt = at;
    this.#listLater();
  }

  #listLater(): void {
    this.#cancelRelist();
    if (this.#closing.signal.aborted) return;
    this.#cancelRelist = this.#api.clock.after(this.#relistMs, () => this.refresh().catch(() => {}));
  }

  #list(): Promise<void> {
    this.#listedAt = this.#api.clock.now();
    this.#store.listBegins();
    const { path, query, keep } = this.#options;
    this.#listing = listAll(this.#api, { path, query, keep, signal: this.#closing.signal })
      .then(({ items, version }) => {
        if (this.#closing.signal.aborted) return;
        const changes = this.#store.replace(items, version);
        if (this.#version === '' || isOlder(this.#version, version)) this.#version = version;
        this.#suspect = false;
        for (const change of changes) this.#tell(change);
        this.#heard(true);
      })
      .catch((error: unknown) => {
        this.#suspect = true;
        throw error;
      })
      .finally(() => {
        this.#listing = null;
        this.#listLater();
      });
    return this.#listing;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        if (this.#version === '') await (this.#listing ?? this.refresh());
        await this.#watch();
        // a server (or what stands before it) that ends every watch at once must not be asked without a pause
        if (this.#livedMs < LIVED_MS) await this.#sleep(Math.min(this.#backOff(), PAUSE_AT_MOST_MS));
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  /** Resolves after a good end, or a silence. @throws ApiError, also of an ERROR event; ConnectionError */
  async #watch(): Promise<void> {
    const tick = () => stopwatchOf(this.#api.clock).least;
    const began = tick();
    let lastAt = began;
    let opened = false;
    let carried = false;
    let failure: ApiError | null = null;
    const ending = new AbortController();
    const end = () => ending.abort();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    try {
      await this.#api.watch({
        path: this.#options.path,
        query: { ...this.#options.query, resourceVersion: this.#version, allowWatchBookmarks: 'true' },
        idleMs: this.#options.idleMs,
        signal: ending.signal,
        onOpen: () => {
          lastAt = tick();
          opened = true;
          this.#heard(false);
        },
        onEvent: (event) => {
          if (ending.signal.aborted) return;
          lastAt = tick();
          carried = true;
          if (event.type === 'ERROR') {
            failure = eventError(event.object);
            end();
          } else this.#take(event);
        },
      });
    } catch (error) {
      if (failure) throw failure;
      // two timers are never quite one
      if (!isConnectionError(error) || tick() - lastAt < this.#options.idleMs * 0.9) throw error;
      // quiet objects are no fault; but whether the line was dead all that time only a list can tell
      this.#suspect = true;
      // a proxy that holds back even the head of the answer: then lists are all there is
      if (!opened) this.#listWhereDue();
    } finally {
      this.#closing.signal.removeEventListener('abort', end);
      this.#livedMs = tick() - began;
      if (this.#livedMs >= LIVED_MS) this.#failures = 0;
      // again and again taken, and ended with nothing in it: whatever stands before the server may keep back what happens
      else if (opened && !carried && this.#failures > 0) {
        this.#suspect = true;
        this.#listWhereDue();
      }
    }
    if (failure) throw failure;
  }

  #take(event: WatchEvent): void {
    if (!isObject(event.object)) return;
    const version = versionOf(event.object);
    if (version !== '') this.#version = version;
    if (event.type === 'DELETED') this.#tell(this.#store.delete(event.object));
    else if (event.type !== 'BOOKMARK') this.put(event.object);
    this.#heard(false);
  }

  async #recover(error: unknown): Promise<void> {
    const now = this.#api.clock.now();
    // whether the line had been dead before it broke is not known
    if (now - this.#heardAt > SILENT_MS) this.#suspect = true;
    if (isStatus(error, 410)) {
      this.#version = '';
      this.#interrupt('connecting', 'the API server has forgotten where we were: listing anew');
      await this.#sleep(this.#listedAt + LIST_APART_MS - now);
      return;
    }
    // after an error inside of a stream its versions are not trusted
    if (error instanceof ApiError && error.code >= 500) this.#version = '';
    this.#interrupt('broken', errorText(error));
    await this.#sleep(this.#backOff());
    // a resumed watch brings what was missed, but nobody knows when it has brought all
    if (this.#brokenAt !== null && this.#api.clock.now() - this.#brokenAt > SILENT_MS) this.#version = '';
  }

  #interrupt(state: 'connecting' | 'broken', detail: string): void {
    this.#interrupted = true;
    if (state === 'broken') this.#brokenAt ??= this.#api.clock.now();
    this.#state = state;
    this.#detail = detail;
    this.#tellAll(null);
  }

  /** @param listed a list came: even where nothing changed, somebody may wait for it */
  #heard(listed: boolean): void {
    this.#heardAt = this.#api.clock.now();
    const recovered = this.#interrupted || this.#state !== 'live';
    // a list proves that the data is good; a forbidden watch is broken for all that
    if (!listed || this.#state === 'connecting') {
      this.#interrupted = false;
      this.#state = 'live';
      this.#detail = null;
      this.#brokenAt = null;
    }
    if (recovered || listed) this.#tellAll(null);
  }

  #backOff(): number {
    const step = Math.min(BACK_OFF_MS.most, BACK_OFF_MS.least * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return Math.max(BACK_OFF_MS.least, step * (0.6 + 0.4 * this.#options.random()));
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#closing;
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#api.clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #tell(change: Change | null): void {
    if (change) this.#tellAll(change);
  }

  #tellAll(change: Change | null): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch {
        // a fault in one listener is its own: the others, and the watch, go on
      }
    }
  }
}
