import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpApi } from '../../src/cluster/http-api.ts';
import { ListWatch } from '../../src/cluster/list-watch.ts';
import type { Change } from '../../src/cluster/store.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { event, json, MockServer, status, until } from './harness/mock-server.ts';

/** A list endpoint whose state the test sets, and whose watches it answers by hand, one after the other. */
class Resource {
  objects: JsonObject[] = [];
  version = '10';
  lists: URLSearchParams[] = [];
  watches: { query: URLSearchParams; request: IncomingMessage; response: ServerResponse }[] = [];
  /** Answers a list instead; true where it did. */
  onList: (query: URLSearchParams, response: ServerResponse) => boolean = () => false;
  onWatch: (query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => void = (
    _query,
    _request,
    response,
  ) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  };
  readonly handle = (request: IncomingMessage & { url: string }, response: ServerResponse): void => {
    const query = new URL(request.url, 'https://x').searchParams;
    if (query.get('watch') === 'true') {
      this.watches.push({ query, request, response });
      this.onWatch(query, request, response);
      return;
    }
    this.lists.push(query);
    if (this.onList(query, response)) return;
    json(response, 200, { metadata: { resourceVersion: this.version }, items: this.objects });
  };

  send(type: string, object: JsonObject): void {
    this.watches.at(-1)?.response.write(event(type, object));
  }
}

function pod(name: string, version: number, more: JsonObject = {}): JsonObject {
  return { metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) }, ...more };
}

let server: MockServer;
let api: HttpApi;
let resource: Resource;
const open: ListWatch[] = [];

beforeEach(async () => {
  server = await new MockServer().start();
  resource = new Resource();
  server.handler = resource.handle;
  api = server.api();
});

afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await api.close();
  await server.stop();
});

function follow(options: { idleMs?: number; keep?: (object: JsonObject) => JsonObject } = {}) {
  const watch = new ListWatch(api, { path: '/pods', query: { labelSelector: 'app=web' }, random: () => 0, ...options });
  open.push(watch);
  const changes: string[] = [];
  watch.subscribe((change: Change | null) => {
    if (change) changes.push(`${change.type} ${nameOf(change.object)}`);
  });
  return { watch, changes, names: () => [...watch.items().values()].map(nameOf).sort() };
}

function nameOf(object: JsonObject): string {
  const { metadata } = object;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata ? String(metadata.name) : '?';
}

const watching = (count: number) => until(`${count} watches`, () => resource.watches.length >= count);

describe('ListWatch', () => {
  it('lists, watches from there with bookmarks, and follows', async () => {
    resource.objects = [pod('a', 1), pod('b', 2)];
    const { watch, names, changes } = follow();
    await watch.ready();
    expect(names()).toEqual(['a', 'b']);
    expect(watch.state).toBe('live');
    await watching(1);
    expect(Object.fromEntries(resource.watches[0]?.query ?? [])).toEqual({
      labelSelector: 'app=web',
      resourceVersion: '10',
      allowWatchBookmarks: 'true',
      watch: 'true',
    });
    resource.send('MODIFIED', pod('a', 11));
    resource.send('DELETED', pod('b', 12));
    resource.send('ADDED', pod('c', 13));
    await until('c', () => names().includes('c'));
    expect(names()).toEqual(['a', 'c']);
    expect(changes).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b', 'ADDED c']);
  });

  it('reads a long list in chunks, and whole where the chunks expire on the way', async () => {
    resource.onList = (query, response) => {
      const next = query.get('continue');
      if (query.get('limit') === null) return false;
      if (next === 'second') json(response, 410, status(410, 'Expired', 'The provided continue parameter is too old'));
      else
        json(response, 200, {
          metadata: { resourceVersion: '9', continue: next === 'first' ? 'second' : 'first' },
          items: [pod(next ?? 'x', 1)],
        });
      return true;
    };
    resource.objects = [pod('whole', 1)];
    const { watch, names } = follow();
    await watch.ready();
    expect(names()).toEqual(['whole']);
    expect(resource.lists.map((query) => [query.get('limit'), query.get('continue')])).toEqual([
      ['500', null],
      ['500', 'first'],
      ['500', 'second'],
      [null, null],
    ]);
  });

  it('goes on from the last version it saw, a bookmark’s too, when a watch ends', async () => {
    const { watch } = follow();
    await watch.ready();
    await watching(1);
    resource.send('ADDED', pod('a', 21));
    resource.send('BOOKMARK', { metadata: { resourceVersion: '35' } });
    await until('a', () => watch.items().size === 1);
    resource.watches[0]?.response.end();
    await watching(2);
    expect(resource.watches[1]?.query.get('resourceVersion')).toBe('35');
    expect(resource.lists).toHaveLength(1);
    expect(watch.state).toBe('live');
  });

  it.each([
    [
      'as an HTTP status',
      (response: ServerResponse) => json(response, 410, status(410, 'Expired', 'too old resource version')),
    ],
    [
      'as an ERROR event in a stream that then ends well',
      (response: ServerResponse) => {
        response.writeHead(200);
        response.end(event('ERROR', status(410, 'Expired', 'too old resource version')));
      },
    ],
  ])('lists anew at 410 %s, tells what vanished, and does it once', async (_name, refuse) => {
    resource.objects = [pod('a', 1), pod('b', 2)];
    let refusals = 1;
    resource.onWatch = (_query, _request, response) => {
      if (refusals-- > 0) {
        resource.objects = [pod('a', 1), pod('c', 50)];
        resource.version = '60';
        refuse(response);
      } else response.writeHead(200).flushHeaders();
    };
    const { watch, names, changes } = follow();
    await watch.ready();
    await watching(2);
    expect(names()).toEqual(['a', 'c']);
    expect(changes).toEqual(['ADDED a', 'ADDED b', 'DELETED b', 'ADDED c']);
    expect(resource.watches[1]?.query.get('resourceVersion')).toBe('60');
    expect(resource.lists).toHaveLength(2);
    await until('fresh', () => watch.fresh);
  });

  it('backs off at an ERROR that is no 410, and at refused connections; says so; and recovers', async () => {
    resource.objects = [pod('a', 1)];
    const { watch, names } = follow();
    await watch.ready();
    await watching(1);
    expect(watch.fresh).toBe(true);
    resource.send('ERROR', status(500, 'InternalError', 'etcd is away') as JsonObject);
    await until('broken', () => watch.state === 'broken');
    expect(watch.detail).toBe('etcd is away');
    expect(watch.fresh).toBe(false);
    expect(watch.brokenAt).not.toBeNull();
    await server.stop();
    await until('refused', () => watch.detail?.includes('connection refused') ?? false);
    resource.objects = [pod('b', 70)];
    resource.version = '71';
    await server.restart();
    await until('live', () => watch.state === 'live');
    await until('fresh', () => watch.fresh);
    expect(names()).toEqual(['b']);
    expect(watch.brokenAt).toBeNull();
  });

  it('never has more than one watch, nor many requests, where each is closed at once', async () => {
    let atOnce = 0;
    let most = 0;
    resource.onWatch = (_query, _request, response) => {
      most = Math.max(most, ++atOnce);
      response.writeHead(200).flushHeaders();
      setTimeout(() => {
        atOnce -= 1;
        response.end();
      }, 50);
    };
    const { watch } = follow();
    await watch.ready();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(most).toBe(1);
    expect(resource.watches.length).toBeGreaterThanOrEqual(2);
    expect(resource.watches.length).toBeLessThanOrEqual(5);
    expect(resource.lists).toHaveLength(1);
  });

  it('begins a silent watch again, quietly, and takes its data for stale until a list was read', async () => {
    const { watch } = follow({ idleMs: 150 });
    await watch.ready();
    await watching(3);
    expect(watch.state).toBe('live');
    expect(watch.brokenAt).toBeNull();
    expect(watch.fresh).toBe(false);
    expect(resource.lists).toHaveLength(1);
  });

  it('resumes after a cut in the middle of a line, and loses nothing', async () => {
    let first = true;
    resource.onWatch = (_query, request, response) => {
      response.writeHead(200).flushHeaders();
      if (!first) return void response.write(event('ADDED', pod('b', 12)));
      first = false;
      response.write(event('ADDED', pod('a', 11)));
      response.write('{"type":"ADDED","object":{"meta', () => setTimeout(() => request.socket.destroy(), 20));
    };
    const { watch, names } = follow();
    await watch.ready();
    await until('b', () => names().includes('b'));
    expect(names()).toEqual(['a', 'b']);
    expect(resource.watches[1]?.query.get('resourceVersion')).toBe('11');
    expect(watch.fresh).toBe(true);
  });

  it('is broken, in the server’s words, where a list is allowed and a watch is not', async () => {
    resource.objects = [pod('a', 1)];
    resource.onWatch = (_query, _request, response) =>
      json(response, 403, status(403, 'Forbidden', 'pods is forbidden: cannot watch'));
    const { watch, names } = follow();
    await watch.ready();
    await until('broken', () => watch.state === 'broken');
    expect(watch.detail).toBe('pods is forbidden: cannot watch');
    await watch.refresh();
    expect(watch.state).toBe('broken');
    expect(watch.fresh).toBe(false);
    expect(names()).toEqual(['a']);
  });

  it('fails its first list aloud, and goes on trying', async () => {
    let refusals = 1;
    resource.onList = (_query, response) => {
      if (refusals-- <= 0) return false;
      json(response, 403, status(403, 'Forbidden', 'pods is forbidden'));
      return true;
    };
    const { watch } = follow();
    await expect(watch.ready()).rejects.toMatchObject({ code: 403 });
    await until('live', () => watch.state === 'live');
  });

  it('survives a listener that throws', async () => {
    const { watch, names } = follow();
    watch.subscribe(() => {
      throw new Error('a fault of the listener');
    });
    const heard: string[] = [];
    watch.subscribe((change) => change && heard.push(change.type));
    await watch.ready();
    await watching(1);
    resource.send('ADDED', pod('a', 11));
    await until('a', () => names().includes('a'));
    resource.send('MODIFIED', pod('a', 12));
    await until('both', () => heard.length === 2);
    expect(watch.state).toBe('live');
  });

  it('shows our own write at once, and nothing older after it, from the watch or a list', async () => {
    resource.objects = [pod('a', 5)];
    const { watch } = follow();
    await watch.ready();
    await watching(1);
    watch.put(pod('a', 20, { ours: true }));
    watch.put(pod('a', 9, { older: true }));
    resource.send('MODIFIED', pod('a', 15, { late: true }));
    resource.send('ADDED', pod('b', 16));
    await until('b', () => watch.items().size === 2);
    expect(watch.items().get('uid-a')).toMatchObject({ ours: true });
    resource.version = '17';
    resource.objects = [pod('a', 15)];
    await watch.refresh();
    expect(watch.items().get('uid-a')).toMatchObject({ ours: true });
  });

  it('goes on from a list that was read before, without another one', async () => {
    const from = { items: [pod('a', 5)], version: '10', at: api.clock.now() };
    const watch = new ListWatch(api, { path: '/pods', from });
    open.push(watch);
    await watch.ready();
    expect([...watch.items().keys()]).toEqual(['uid-a']);
    expect(watch.fresh).toBe(false);
    await watching(1);
    expect(resource.watches[0]?.query.get('resourceVersion')).toBe('10');
    await until('it to be fresh', () => watch.fresh);
    resource.send('MODIFIED', pod('a', 11, { later: true }));
    await until('the change', () => watch.items().get('uid-a')?.later === true);
    expect(resource.lists).toEqual([]);
  });

  it('takes a change of what is not kept for none, and still knows which version it has', async () => {
    resource.objects = [pod('a', 5, { kept: 'one', dropped: 'x' })];
    const { watch, changes } = follow({
      keep: ({ metadata = null, kept = null }) => ({ metadata, kept }),
    });
    await watch.ready();
    await watching(1);
    const before = watch.items().get('uid-a');
    resource.send('MODIFIED', pod('a', 15, { kept: 'one', dropped: 'y' }));
    resource.send('ADDED', pod('b', 16));
    await until('b', () => watch.items().size === 2);
    expect(watch.items().get('uid-a')).toBe(before);
    watch.put(pod('a', 12, { kept: 'older than 15' }));
    expect(watch.items().get('uid-a')).toBe(before);
    watch.put(pod('a', 17, { kept: 'two' }));
    expect(watch.items().get('uid-a')).toMatchObject({ kept: 'two' });
    expect(changes).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a']);
    expect(watch.changes).toBe(3);
  });

  it('does not bring back from a list what the watch saw go while it was read', async () => {
    resource.objects = [pod('a', 5)];
    const { watch } = follow();
    await watch.ready();
    await watching(1);
    let answer: () => void = () => {};
    resource.onList = (_query, response) => {
      answer = () => json(response, 200, { metadata: { resourceVersion: '10' }, items: [pod('a', 5)] });
      return true;
    };
    const refreshed = watch.refresh();
    await until('the list', () => resource.lists.length === 2);
    resource.send('DELETED', pod('a', 11));
    await until('gone', () => watch.items().size === 0);
    answer();
    await refreshed;
    expect(watch.items().size).toBe(0);
  });

  it('begins a list after each question, however many ask meanwhile', async () => {
    const { watch } = follow();
    await watch.ready();
    const before = resource.lists.length;
    await Promise.all([watch.refresh(), watch.refresh(), watch.refresh()]);
    expect(resource.lists.length - before).toBe(2);
  });

  it('asks nothing more once it is closed', async () => {
    const { watch } = follow();
    await watch.ready();
    await watching(1);
    const closed = new Promise((resolve) => resource.watches[0]?.response.on('close', resolve));
    watch.close();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(resource.watches).toHaveLength(1);
    expect(resource.lists).toHaveLength(1);
  });
});
