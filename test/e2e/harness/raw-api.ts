import { Agent, type RequestOptions, request } from 'node:https';
import { createInterface } from 'node:readline';

/** Where an API server is and who we are to it. */
export interface Access {
  server: string;
  ca?: string;
  token?: string;
  cert?: string;
  key?: string;
}

/** The API server said no. `message` starts with the HTTP status. */
export class RawError extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`${status} ${body.slice(0, 300)}`);
  }
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';

/**
 * The API server by plain HTTPS: nothing of the product, nothing of a client library between a test and what it
 * measures. Paths are absolute; bodies and answers are JSON.
 * Each call rejects with RawError for an answer that is not 2xx, and with Node's own errors where there is none.
 */
export class RawApi {
  readonly #agent: Agent;
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.cert, key: access.key });
  }

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#call('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#call('PUT', path, body);
  }

  /** `type`: MERGE_PATCH (also right for custom resources), STRATEGIC_PATCH or JSON_PATCH. */
  patch<T>(path: string, body: unknown, type = MERGE_PATCH): Promise<T> {
    return this.#call('PATCH', path, body, type);
  }

  delete<T>(path: string, body?: unknown): Promise<T> {
    return this.#call('DELETE', path, body);
  }

  /** Resolves when the server ends the stream, or `signal` does. */
  watch(path: string, signal: AbortSignal, onEvent: (event: { type: string; object: unknown }) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => (signal.aborted ? resolve() : reject(error));
      const call = request(`${this.#access.server}${path}`, { ...this.#options('GET'), signal }, (answer) => {
        answer.on('error', fail);
        if (answer.statusCode !== 200) {
          answer.resume();
          reject(new RawError(answer.statusCode ?? 0, 'watch refused'));
          return;
        }
        const lines = createInterface({ input: answer });
        // readline passes its input's errors on.
        lines.on('error', fail);
        lines.on('line', (line) => onEvent(JSON.parse(line)));
        lines.on('close', resolve);
      });
      call.on('error', fail);
      call.end();
    });
  }

  /** Closes kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  #options(method: string): RequestOptions {
    const { token } = this.#access;
    return { method, agent: this.#agent, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
  }

  #call<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    return new Promise((resolve, reject) => {
      const options = this.#options(method);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...options.headers,
        accept: 'application/json',
        // of a DELETE Node would send the body without a word of its length, and the server take it for the next request
        ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
      };
      const call = request(`${this.#access.server}${path}`, { ...options, headers, timeout: 30_000 }, (answer) => {
        let received = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          received += part;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          if (status < 200 || status > 299) reject(new RawError(status, received));
          else resolve((answer.headers['content-type']?.includes('json') ? JSON.parse(received) : received) as T);
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      call.on('error', reject);
      call.end(text);
    });
  }
}
