import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { isObject, type Json } from '../rollout/json.ts';
import {
  type Api,
  ApiError,
  type ApiRequest,
  ConnectionError,
  type ExecRequest,
  type ExecResult,
  type WatchEvent,
  type WatchRequest,
} from './api.ts';
import { type CredentialSource, Credentials, type Secrets } from './credentials.ts';
import { dispatcherOf } from './dispatcher.ts';
import { execOver, execPath, HandshakeError } from './exec.ts';
import { Lines } from './lines.ts';
import { proxyOf } from './proxy.ts';
import { ServerClock } from './server-clock.ts';
import { apiError, connectionError, isReset } from './status.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const USER_AGENT = 'kubectl-bedrock';
const EVENT_TYPES: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

const unzip = promisify(gunzip);

/** Where to and as whom; see kubeconfig.ts. */
export interface HttpTarget {
  server: string;
  proxyUrl: string | null;
  tlsServerName: string | null;
  skipVerify: boolean;
  impersonate: { user: string | null; groups: readonly string[]; uid: string | null };
  credentials: CredentialSource;
}

type Answer = Dispatcher.ResponseData;

interface Outgoing {
  method: Dispatcher.HttpMethod;
  path: string;
  headers: Record<string, string | string[]>;
  body?: string;
  signal: AbortSignal;
}

/** The API server over one pool of connections. Nothing of an object is dropped or renamed on the way. */
export class HttpApi implements Api {
  readonly clock = new ServerClock();
  readonly #target: HttpTarget;
  readonly #proxy: string | null;
  readonly #origin: string;
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #credentials: Credentials;
  #pool: { dispatcher: Dispatcher; tls: string } | null = null;

  constructor(target: HttpTarget, options: { timeoutMs?: number | null } = {}) {
    const url = new URL(target.server);
    this.#target = target;
    this.#proxy = target.proxyUrl ?? proxyOf(target.server, process.env);
    this.#origin = url.origin;
    this.#base = url.pathname.replace(/\/+$/, '');
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#credentials = new Credentials(target.credentials);
  }

  async request(request: ApiRequest): Promise<Json> {
    const timeoutMs = request.timeoutMs ?? this.#timeoutMs;
    using limit = new Limit(request.signal);
    limit.set(
      timeoutMs,
      `no answer from ${this.#target.server} within ${timeoutMs / 1000} s (${request.method} ${request.path})`,
    );
    const headers: Record<string, string> = { accept: 'application/json' };
    if (request.method === 'GET') headers['accept-encoding'] = 'gzip';
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    const outgoing = { method: request.method, path: this.#path(request), headers, signal: limit.signal, ...body };
    try {
      return await this.#call(outgoing);
    } catch (error) {
      // of a kept-alive connection that was closed meanwhile; a write may have been done, so only reads are sent again
      if (request.method !== 'GET' || !isReset(error) || limit.signal.aborted)
        throw limit.explain(error, this.#target.server);
      return await this.#call(outgoing).catch((again: unknown) => {
        throw limit.explain(again, this.#target.server);
      });
    }
  }

  async watch(request: WatchRequest): Promise<void> {
    using limit = new Limit(request.signal);
    const silent = `nothing heard from ${this.#target.server} for ${request.idleMs / 1000} s`;
    const lines = new Lines();
    limit.set(request.idleMs, silent);
    try {
      const headers = { accept: 'application/json' };
      const path = this.#path({ path: request.path, query: { ...request.query, watch: 'true' } });
      const answer = await this.#send({ method: 'GET', path, headers, signal: limit.signal });
      request.onOpen?.();
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        limit.set(request.idleMs, silent);
        for (const line of lines.push(chunk)) request.onEvent(eventOf(line));
      }
    } catch (error) {
      throw limit.explain(error, this.#target.server);
    }
    if (lines.rest !== '') throw new ConnectionError('the watch ended in the middle of an event');
  }

  async exec(request: ExecRequest): Promise<ExecResult> {
    const path = `${this.#base}${execPath(request)}`;
    using limit = new Limit(request.signal);
    try {
      try {
        return await this.#exec(path, limit.signal);
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
        await this.#whyNoUpgrade(path, limit.signal);
        return await this.#exec(path, limit.signal);
      }
    } catch (error) {
      throw limit.explain(error, this.#target.server);
    }
  }

  async #exec(path: string, signal: AbortSignal): Promise<ExecResult> {
    const { secrets } = await this.#credentials.get();
    const headers = { 'user-agent': USER_AGENT, ...secrets.headers, ...this.#impersonation() };
    return execOver(`${this.#origin.replace(/^http/, 'ws')}${path}`, {
      dispatcher: this.#dispatcher(secrets),
      headers,
      signal,
    });
  }

  /**
   * A WebSocket that was refused does not say why. The same call without one does, and runs nothing; and it renews
   * credentials that were refused.
   * @throws ApiError where the server refuses for a reason of its own
   */
  async #whyNoUpgrade(path: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#send({ method: 'GET', path, headers: { accept: 'application/json' }, signal });
      await answer.body.dump();
    } catch (error) {
      const wantsUpgrade = error instanceof ApiError && error.code === 400 && /upgrade/i.test(error.message);
      if (!wantsUpgrade) throw error;
    }
  }

  /** Ends all connections at once, watches too. */
  async close(): Promise<void> {
    await this.#pool?.dispatcher.destroy();
    this.#pool = null;
  }

  async #call(outgoing: Outgoing): Promise<Json> {
    const answer = await this.#send(outgoing);
    const text = await textOf(answer);
    const type = headerOf(answer, 'content-type') ?? '';
    if (!type.includes('json')) return text;
    try {
      return JSON.parse(text) as Json;
    } catch {
      throw new ConnectionError(`the answer to ${outgoing.method} ${outgoing.path} is not whole`);
    }
  }

  /** Sends, once more with new credentials where they were refused. @throws ApiError for any answer but 2xx */
  async #send(outgoing: Outgoing): Promise<Answer> {
    const first = await this.#credentials.get();
    const answer = await this.#once(outgoing, first.secrets);
    if (answer.statusCode !== 401) return this.#good(answer);
    await answer.body.dump();
    this.#credentials.refused(first.version);
    const renewed = await this.#credentials.get();
    return this.#good(await this.#once(outgoing, renewed.secrets));
  }

  async #good(answer: Answer): Promise<Answer> {
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
    throw apiError(answer.statusCode, await textOf(answer), headerOf(answer, 'retry-after'));
  }

  async #once(outgoing: Outgoing, secrets: Secrets): Promise<Answer> {
    const sentAt = performance.now();
    const headers = { 'user-agent': USER_AGENT, ...outgoing.headers, ...secrets.headers, ...this.#impersonation() };
    const answer = await this.#dispatcher(secrets).request({ ...outgoing, origin: this.#origin, headers });
    const date = headerOf(answer, 'date');
    if (date !== undefined) this.clock.heard(date, performance.now() - sentAt);
    return answer;
  }

  #dispatcher(secrets: Secrets): Dispatcher {
    const tls = JSON.stringify(secrets.tls);
    if (this.#pool?.tls !== tls) {
      // a client certificate was renewed: calls under way end on the old connections
      void this.#pool?.dispatcher.close();
      const { server, tlsServerName, skipVerify } = this.#target;
      this.#pool = {
        tls,
        dispatcher: dispatcherOf({ server, proxy: this.#proxy, tlsServerName, skipVerify }, secrets.tls),
      };
    }
    return this.#pool.dispatcher;
  }

  #impersonation(): Record<string, string | string[]> {
    const { user, groups, uid } = this.#target.impersonate;
    if (user === null) return {};
    return {
      'impersonate-user': user,
      ...(groups.length > 0 ? { 'impersonate-group': [...groups] } : {}),
      ...(uid === null ? {} : { 'impersonate-uid': uid }),
    };
  }

  #path({ path, query }: { path: string; query?: Record<string, string> }): string {
    const search = new URLSearchParams(query).toString();
    return `${this.#base}${path}${search === '' ? '' : `?${search}`}`;
  }
}

/** Ends a call by the clock, or when the caller does; and knows afterwards which of the two it was. */
class Limit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = () => this.#end('the call was called off');
  #timer: NodeJS.Timeout | undefined;
  #why: string | null = null;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted) this.#onOuter();
    outer?.addEventListener('abort', this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends it after `ms` from now, and no longer at the moment that was set before. */
  set(ms: number, why: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(why), ms);
  }

  explain(error: unknown, server: string): unknown {
    if (this.#why !== null) return new ConnectionError(this.#why);
    const ofOurs = error instanceof Error && (error.name === 'ApiError' || error.name === 'ConnectionError');
    return ofOurs ? error : connectionError(server, error);
  }

  #end(why: string): void {
    if (this.#why !== null) return;
    this.#why = why;
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }
}

function eventOf(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new ConnectionError('the watch carries something that is no event');
  }
  if (!isObject(event) || typeof event.type !== 'string' || !EVENT_TYPES.has(event.type)) {
    throw new ConnectionError('the watch carries something that is no event');
  }
  return { type: event.type as WatchEvent['type'], object: event.object ?? null };
}

async function textOf(answer: Answer): Promise<string> {
  if (headerOf(answer, 'content-encoding') !== 'gzip') return answer.body.text();
  return (await unzip(await answer.body.bytes())).toString('utf8');
}

function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
