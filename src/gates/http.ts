import { readFile } from 'node:fs/promises';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Outside, OutsideAnswer, OutsideRequest, OutsideTls } from './outside.ts';

const CONNECT_MS = 5_000;
/** A health list of thousands of instances has a few MiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The real world, over pooled connections. */
export class HttpOutside implements Outside {
  readonly env: Outside['env'];
  readonly #proxyOf: (url: string) => string | null;
  readonly #pools = new Map<string, Dispatcher>();

  /** @param proxyOf the proxy by which a URL is reached; null where it is reached without */
  constructor(env: Outside['env'], proxyOf: (url: string) => string | null) {
    this.env = env;
    this.#proxyOf = proxyOf;
  }

  async call({ method, url, headers, body, tls, signal }: OutsideRequest): Promise<OutsideAnswer> {
    const { origin, pathname, search } = new URL(url);
    try {
      const answer = await this.#pool(url, tls ?? {}).request({
        origin,
        path: `${pathname}${search}`,
        method,
        headers: { 'user-agent': 'kubectl-bedrock', ...headers },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      const header = (name: string) => {
        const value = answer.headers[name.toLowerCase()];
        return (Array.isArray(value) ? value[0] : value) ?? null;
      };
      return { status: answer.statusCode, header, text: await answer.body.text() };
    } catch (error) {
      throw new Error(`${origin} does not answer: ${cause(error)}`);
    }
  }

  readFile(path: string): Promise<string> {
    return readFile(path, 'utf8');
  }

  close(): void {
    for (const pool of this.#pools.values()) void pool.destroy().catch(() => {});
    this.#pools.clear();
  }

  #pool(url: string, tls: OutsideTls): Dispatcher {
    const proxy = this.#proxyOf(url);
    const key = JSON.stringify([proxy, tls]);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = poolOf(proxy, tls);
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function poolOf(proxy: string | null, { ca, cert, key, serverName, skipVerify }: OutsideTls): Dispatcher {
  const secure = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
    timeout: CONNECT_MS,
  };
  const limits = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: MOST_BYTES, allowH2: false };
  return proxy === null
    ? new Agent({ ...limits, connect: secure })
    : new ProxyAgent({ ...limits, uri: proxy, requestTls: secure });
}

/** undici tells the cause apart: "connect ECONNREFUSED 127.0.0.1:8500". */
function cause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
