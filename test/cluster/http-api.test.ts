import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionError, type WatchEvent } from '../../src/cluster/api.ts';
import type { HttpApi } from '../../src/cluster/http-api.ts';
import { event, json, MockServer, status, until } from './harness/mock-server.ts';

let server: MockServer;
let api: HttpApi;

beforeEach(async () => {
  server = await new MockServer().start();
  api = server.api();
});

afterEach(async () => {
  await api.close();
  await server.stop();
});

const get = (path = '/api') => api.request({ method: 'GET', path });

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  return error;
}

describe('calls', () => {
  it('makes 50 calls one after the other over a kept-alive connection, or two', async () => {
    for (let call = 0; call < 50; call++) await get();
    expect(server.requests).toHaveLength(50);
    // undici may take a second one while the end of the first answer is still being read; then both are kept
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('hands over every field as it was sent, unknown ones too', async () => {
    server.handler = (_request, response) =>
      json(response, 200, { spec: { unheardOf: [null, 1] }, metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } });
    expect(await get()).toEqual({
      spec: { unheardOf: [null, 1] },
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    });
  });

  it('reads a compressed list', async () => {
    server.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"items":[1]}'));
    };
    expect(await get()).toEqual({ items: [1] });
  });

  it('sends body, content type, query and impersonation', async () => {
    await api.close();
    api = server.api({ impersonate: { user: 'jane', groups: ['a', 'b'], uid: 'u1' } });
    await api.request({
      method: 'PATCH',
      path: '/x',
      query: { fieldManager: 'm', force: 'true' },
      contentType: 'application/merge-patch+json',
      body: { a: null },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'PATCH', url: '/x?fieldManager=m&force=true', body: '{"a":null}' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/merge-patch+json',
      'impersonate-user': 'jane',
      'impersonate-group': 'a, b',
      'impersonate-uid': 'u1',
    });
  });

  it('keeps the base path of a server behind a gateway', async () => {
    await api.close();
    api = server.api({ server: `${server.url}/k8s/clusters/c-1` });
    await get('/api/v1/pods');
    expect(server.requests[0]?.url).toBe('/k8s/clusters/c-1/api/v1/pods');
  });

  it('takes reason, causes and the time to wait from a Status', async () => {
    const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 3', field: '' }];
    server.handler = (_request, response) =>
      json(
        response,
        429,
        status(429, 'TooManyRequests', 'Cannot evict\u001b[2J pod', { causes, retryAfterSeconds: 10 }),
      );
    const error = await failure(get());
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Cannot evict[2J pod',
      causes,
      retryAfterSeconds: 10,
    });
  });

  it('reads Retry-After, and never repeats a page of HTML', async () => {
    server.handler = (_request, response) => {
      response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '7' });
      response.end('<html><body>nginx</body></html>');
    };
    expect(await failure(get())).toMatchObject({
      code: 503,
      message: 'the server answered 503 (service unavailable)',
      retryAfterSeconds: 7,
    });
  });

  it('ends a call that is not answered in time', async () => {
    server.handler = () => {};
    const error = await failure(api.request({ method: 'GET', path: '/api', timeoutMs: 100 }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('within 0.1 s (GET /api)');
  });

  it('ends a call at the caller’s signal', async () => {
    server.handler = () => {};
    const abort = new AbortController();
    const call = failure(api.request({ method: 'GET', path: '/api', signal: abort.signal }));
    await until('the request', () => server.requests.length === 1);
    abort.abort();
    expect(await call).toBeInstanceOf(ConnectionError);
  });

  it('says in words that nobody listens, and that a certificate is not trusted', async () => {
    const untrusting = server.api({
      credentials: {
        read: async () => ({ headers: {}, tls: { ca: undefined, cert: undefined, key: undefined } }),
        renew: () => {},
      },
    });
    expect((await failure(untrusting.request({ method: 'GET', path: '/' }))).message).toContain(
      "not signed by the kubeconfig's authority",
    );
    await untrusting.close();
    await server.stop();
    const error = await failure(get());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toBe(`cannot reach the API server ${server.url}: connection refused`);
  });

  it('repeats a read on a connection that was closed under its hands, never a write', async () => {
    let resets = 1;
    server.handler = (request, response) => {
      if (resets-- > 0) request.socket.destroy();
      else json(response, 200, { ok: true });
    };
    expect(await get()).toEqual({ ok: true });
    resets = 1;
    server.requests.length = 0;
    expect(await failure(api.request({ method: 'PATCH', path: '/x', body: [] }))).toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(1);
  });
});

describe('credentials', () => {
  function tokens(...list: string[]) {
    let reads = 0;
    let renewals = 0;
    const source = {
      read: async () => {
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return {
          headers: { authorization: `Bearer ${list[Math.min(renewals, list.length - 1)]}` },
          tls: { ca: server.certificate.cert, cert: undefined, key: undefined },
        };
      },
      renew: () => {
        renewals += 1;
      },
    };
    return { source, reads: () => reads };
  }

  it('runs a plugin once for 20 calls at a time', async () => {
    const { source, reads } = tokens('t1');
    await api.close();
    api = server.api({ credentials: source });
    await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(reads()).toBe(1);
  });

  it('asks for new ones once when the old were refused, and sends the call again, a write too', async () => {
    const { source, reads } = tokens('old', 'new');
    await api.close();
    api = server.api({ credentials: source });
    server.handler = (request, response) =>
      request.headers.authorization === 'Bearer new'
        ? json(response, 200, { ok: true })
        : json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.request({ method: 'PATCH', path: '/x', body: [] })),
    );
    expect(answers).toEqual(Array.from({ length: 5 }, () => ({ ok: true })));
    expect(reads()).toBe(2);
  });

  it('gives up after the second refusal, without a token in the message', async () => {
    const { source } = tokens('s3cret');
    await api.close();
    api = server.api({ credentials: source });
    server.handler = (_request, response) => json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    const error = await failure(get());
    expect(error).toMatchObject({ code: 401 });
    expect(server.requests).toHaveLength(2);
    expect(JSON.stringify([error.message, error.stack])).not.toContain('s3cret');
  });

  it('names a plugin that is not installed, and does not repeat what one printed', async () => {
    const failing = (error: Error) =>
      server.api({ credentials: { read: () => Promise.reject(error), renew: () => {} } });
    const missing = failing(new Error('spawn aws ENOENT'));
    expect((await failure(missing.request({ method: 'GET', path: '/' }))).message).toContain(
      'plugin aws is not installed',
    );
    const broken = failing(new SyntaxError('Unexpected token s, "s3cret-token" is not valid JSON'));
    expect((await failure(broken.request({ method: 'GET', path: '/' }))).message).not.toContain('s3cret');
  });
});

describe('watches', () => {
  function watch(idleMs: number, signal = new AbortController().signal) {
    const events: WatchEvent[] = [];
    return { events, done: api.watch({ path: '/w', idleMs, signal, onEvent: (each) => events.push(each) }) };
  }

  it('hands over events however the bytes are cut, and ends in good order', async () => {
    server.handler = (_request, response) => {
      const bytes = Buffer.from(event('ADDED', { name: 'grün' }) + event('BOOKMARK', { v: 2 }));
      response.writeHead(200, { 'content-type': 'application/json' });
      let at = 0;
      const next = () => {
        if (at >= bytes.length) return response.end();
        response.write(bytes.subarray(at, at + 7), () => setImmediate(next));
        at += 7;
      };
      next();
    };
    const { events, done } = watch(5000);
    await done;
    expect(events).toEqual([
      { type: 'ADDED', object: { name: 'grün' } },
      { type: 'BOOKMARK', object: { v: 2 } },
    ]);
    expect(server.requests[0]?.url).toBe('/w?watch=true');
  });

  it('breaks after silence, and every byte begins the time anew', async () => {
    server.handler = (_request, response) => {
      response.writeHead(200);
      for (const delay of [0, 150, 300]) setTimeout(() => response.write(event('BOOKMARK', {})), delay);
    };
    const began = performance.now();
    const { events, done } = watch(250);
    const error = await failure(done);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('nothing heard');
    expect(events).toHaveLength(3);
    expect(performance.now() - began).toBeGreaterThan(500);
  });

  it('breaks where the server never sends a head', async () => {
    server.handler = () => {};
    expect((await failure(watch(100).done)).message).toContain('nothing heard');
  });

  it('breaks at half a line, and at a cut connection', async () => {
    server.handler = (_request, response) => {
      response.writeHead(200);
      response.write(event('ADDED', {}));
      response.end('{"type":"MODI');
    };
    expect((await failure(watch(5000).done)).message).toContain('in the middle of an event');
    server.handler = (request, response) => {
      response.writeHead(200);
      response.write(event('ADDED', {}), () => request.socket.destroy());
    };
    const cut = watch(5000);
    expect(await failure(cut.done)).toBeInstanceOf(ConnectionError);
    expect(cut.events).toHaveLength(1);
  });

  it('throws an ApiError where the watch is refused', async () => {
    server.handler = (_request, response) => json(response, 410, status(410, 'Expired', 'too old resource version'));
    expect(await failure(watch(5000).done)).toMatchObject({ code: 410, reason: 'Expired' });
  });
});

describe('the clock', () => {
  it('follows the server’s Date', async () => {
    const ahead = 3_600_000;
    server.handler = (_request, response) =>
      json(response, 200, {}, { date: new Date(Date.now() + ahead).toUTCString() });
    await get();
    expect(Math.abs(api.clock.now() - (Date.now() + ahead))).toBeLessThan(2500);
    expect(Math.abs(api.clock.skewMs + ahead)).toBeLessThan(2500);
  });
});
