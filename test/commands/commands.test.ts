import { describe, expect, test } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { imagePatch, startCluster, until } from './cluster.ts';
import type { FakeHost } from './fake-host.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const call = (host: FakeHost, line: string) => run(words(line), host);

const FENCED = { type: 'RollingUpdate', rollingUpdate: { partition: 32767 } };
const MANIFEST = (more: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: default}
spec:
  ${more}
  template:
    metadata: {labels: {app: web}, annotations: {kubelet.test/start: 1ms, kubelet.test/stop: 20ms}}
    spec: {containers: [{name: app, image: "app:2"}]}
`;

describe('nothing is written', () => {
  test.each([
    ['rollout web --image app=app:1 --yes', 0, 'nothing to do: all 4 pods run app=app:1 already'],
    ['rollout web --yes', 0, 'nothing to do'],
    ['rollout web --image app=app:2 --dry-run=client', 0, 'app:1 -> app:2'],
    ['plan web --image app=app:2', 0, 'nothing was written'],
    ['plan web --image app=app:2 --max-unavailable 2', 0, '2 at once'],
    ['plan web --image app=app:2 --dry-run=server', 0, 'dry run by the server'],
    ['plan wed --restart', 1, 'did you mean web?'],
    ['rollout web --image app=app:2 --dry-run=server', 0, 'app:1 -> app:2'],
    ['rollout -f web.yaml --force-conflicts --dry-run=server', 0, 'app:1 -> app:2'],
    ['rollout web --restart --dry-run=client', 0, 'the same version, every pod anew'],
    ['rollout web --image ap=app:2 --yes', 2, 'there is no container "ap": the set has app'],
    ['rollout web --to-revision 9 --yes', 1, 'there is no revision 9 of web: it has 1'],
    ['rollout wed --restart --yes', 1, 'statefulset wed not found in namespace default; did you mean web?'],
    ['rollout -f parallel.yaml --yes', 1, 'spec.podManagementPolicy, which cannot be changed'],
    ['rollout -f five.yaml --yes', 1, 'a rollout does not scale'],
    ['rollout db -f web.yaml --yes', 2, 'web.yaml is about web, but db was named'],
    ['rollout web -f web.yaml -n dev --yes', 2, 'add -n default'],
    ['rollout web -f broken.yaml --yes', 2, 'broken.yaml is not YAML'],
    ['status web', 0, '4 of 4'],
    ['status web -w', 0, 'has no rollout'],
    ['status web -o yaml', 0, 'statefulSet: web'],
    ['status web -o jsonl', 0, '"statefulSet":"web"'],
    ['history web', 0, 'app=app:1'],
    ['history web --revision 1', 0, 'image: app:1'],
    ['history web --diff 1', 0, 'have the same template'],
    ['history web --diff 1..7', 1, 'sts/web has no revision 7: it has 1'],
    ['list', 0, 'No set in default is held'],
    ['pause web', 1, 'has no rollout of this tool'],
    ['resume web', 1, 'has no rollout of this tool'],
    ['rollback web', 1, 'has no rollout of this tool'],
    ['pause --all', 0, 'No rollout is on its way'],
    ['hold web', 2, 'add --yes'],
    ['unhold web --yes', 0, 'is not held by this tool'],
  ])('%s', async (line, code, text) => {
    const cluster = await startCluster();
    const files = {
      'web.yaml': MANIFEST('replicas: 4'),
      'five.yaml': MANIFEST('replicas: 5'),
      'parallel.yaml': MANIFEST('podManagementPolicy: OrderedReady'),
      'broken.yaml': 'a: [',
    };
    const host = cluster.host({ files });
    expect({ code: await call(host, line), said: host.out() + host.err() }).toEqual({
      code,
      said: expect.stringContaining(text),
    });
    expect(cluster.writes()).toEqual([]);
  });

  test('where the plan is refused at the terminal', async () => {
    const cluster = await startCluster();
    const host = cluster.host({ terminal: true, answer: false });
    expect(await call(host, 'rollout web --image app=app:2 -o line')).toBe(0);
    expect(host.asked).toEqual(['Start?']);
    expect(host.err()).toContain('Nothing was changed');
    expect(cluster.writes()).toEqual([]);
  });

  test.each([
    ['delete', 'pods', '', 'delete pods'],
    ['create', 'pods', 'eviction', 'create pods/eviction'],
    ['patch', 'statefulsets', '', 'patch statefulsets.apps'],
    ['update', 'leases', '', 'update leases.coordination.k8s.io'],
  ])('without the permission to %s %s %s, which is named', async (verb, resource, subresource, named) => {
    const cluster = await startCluster();
    cluster.simulator.server.access.deny(
      (asked) => asked.verb === verb && asked.resource === resource && asked.subresource === subresource,
    );
    const host = cluster.host();
    expect(await call(host, 'rollout web --image app=app:2 --yes')).toBe(1);
    expect(host.err()).toContain(named);
    expect(host.err()).toContain(`kubectl auth can-i ${verb} ${resource}`);
    expect(cluster.writes()).toEqual([]);
  });

  test('what would be nice to see and may not be is a note in the plan', async () => {
    const cluster = await startCluster();
    cluster.simulator.server.access.deny(({ resource }) => resource === 'poddisruptionbudgets');
    const host = cluster.host();
    expect(await call(host, 'rollout web --image app=app:2 --dry-run=client')).toBe(0);
    expect(host.out()).toContain('not permitted: list poddisruptionbudgets.policy');
  });
});

describe('a rollout', () => {
  test('reaches its end, with the plan first and the summary last', async () => {
    const cluster = await startCluster({ updateStrategy: { type: 'OnDelete' } });
    const host = cluster.host();
    expect(await call(host, 'rollout web --image app=app:2 --max-unavailable 2 --min-ready 0 --yes')).toBe(0);
    expect(cluster.images()).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
    expect(cluster.strategy()).toEqual({ type: 'OnDelete' });
    const out = host.out();
    expect(out.indexOf('app:1 -> app:2')).toBeGreaterThan(-1);
    expect(out.indexOf('sts/web complete')).toBeGreaterThan(out.indexOf('app:1 -> app:2'));
    expect(out).not.toContain('\u001b');
  });

  test('a second one, over the record of the first', async () => {
    const cluster = await startCluster();
    for (const image of ['app:2', 'app:3']) {
      expect(
        await call(cluster.host(), `rollout web --image app=${image} --max-unavailable 4 --min-ready 0 --yes`),
      ).toBe(0);
      expect(new Set(cluster.images())).toEqual(new Set([image]));
    }
    const host = cluster.host();
    expect(await call(host, 'rollback web')).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
    const again = cluster.host();
    const before = cluster.writes().length;
    expect(await call(again, 'rollback web')).toBe(0);
    expect(again.err()).toContain('rolled back already');
    expect(cluster.writes()).toHaveLength(before);
  });

  test('a file: its strategy is the one that is put back', async () => {
    const cluster = await startCluster();
    const host = cluster.host({ files: { '-': MANIFEST('updateStrategy: {type: OnDelete}') } });
    expect(await call(host, 'rollout -f - --force-conflicts --max-unavailable 4 --min-ready 0 --yes')).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
    expect(cluster.strategy()).toEqual({ type: 'OnDelete' });
  });

  test('in percent, and what follows from it', async () => {
    const cluster = await startCluster();
    expect(await call(cluster.host(), 'rollout web --image app=app:2 --percent 50 --min-ready 0 --yes')).toBe(0);
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:2', 'app:2']);

    const list = cluster.host();
    expect(await call(list, 'list --stale 1h')).toBe(0);
    expect(list.out()).toMatch(/default +web +Paused \(PercentReached\) +2\/4 +50% .*ann@laptop +held/);
    const stale = cluster.host();
    expect(await call(stale, 'list -A --stale 1ms')).toBe(3);
    expect(stale.err()).toContain('default/web');

    const data = cluster.host();
    expect(await call(data, 'status web -o json')).toBe(0);
    expect(JSON.parse(data.out())).toMatchObject({
      phase: 'Paused',
      reason: 'PercentReached',
      held: true,
      counts: { replicas: 4, updated: 2 },
      record: { spec: { percent: 50 } },
    });

    expect(await call(cluster.host(), 'promote web --no-execute')).toBe(0);
    expect(cluster.annotation('spec')).toMatchObject({ percent: 100 });
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:2', 'app:2']);
    expect(await call(cluster.host(), 'resume web')).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
  });

  test('a step without a terminal waits, unless --exit-at-pause', async () => {
    const cluster = await startCluster();
    const flags = '--image app=app:2 --steps 1,100% --min-ready 0 --yes --exit-at-pause';
    expect(await call(cluster.host(), `rollout web ${flags}`)).toBe(0);
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:2']);
    expect(await call(cluster.host(), 'promote web --exit-at-pause')).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
  });

  test('a bad image stops it, held, with 3; with --on-failure rollback it ends with 4', async () => {
    const cluster = await startCluster();
    const stopped = cluster.host();
    expect(await call(stopped, 'rollout web --image app=app:crash --min-ready 3s --yes')).toBe(3);
    expect(stopped.out()).toContain('web-3 keeps crashing: CrashLoopBackOff');
    expect(cluster.images().filter((image) => image !== 'app:1')).toHaveLength(1);
    expect(await call(cluster.host(), 'rollback web')).toBe(0);
    const back = cluster.host();
    expect(await call(back, 'rollout web --image app=app:crash --min-ready 3s --on-failure rollback --yes')).toBe(4);
    expect(new Set(cluster.images())).toEqual(new Set(['app:1']));
  });

  test('jsonl keeps standard output for itself', async () => {
    const cluster = await startCluster();
    const host = cluster.host();
    expect(await call(host, 'rollout web --image app=app:2 --max-unavailable 4 --min-ready 0 -o jsonl --yes')).toBe(0);
    const lines = host
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'started' });
    expect(lines.at(-1)).toMatchObject({ kind: 'end', phase: 'Complete' });
    expect(host.err()).toContain('app:1 -> app:2');
  });
});

describe('every way out leaves the set held', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s: %d', async (signal, code) => {
    const cluster = await startCluster();
    const host = cluster.host();
    const done = call(host, 'rollout web --image app=app:2 --min-ready 0 --interval 1h --yes');
    await until(() => cluster.images().includes('app:2'));
    expect(host.signal(signal)).toBe(true);
    expect(await done).toBe(code);
    expect(host.exits).toEqual([]);
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:2']);
    expect(cluster.strategy()).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 3 } });
    expect(host.out()).toContain('kubectl bedrock resume sts/web');
    expect(await call(cluster.host(), 'speed web --max-unavailable 4')).toBe(0);
    expect(await call(cluster.host(), 'rollout web --image app=app:2 --interval 0 --max-unavailable 4 --yes')).toBe(0);
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
  });

  test('a second signal does not wait', async () => {
    const cluster = await startCluster();
    const host = cluster.host();
    const done = call(host, 'rollout web --image app=app:2 --min-ready 0 --interval 1h --yes');
    await until(() => cluster.images().includes('app:2'));
    host.signal('SIGINT');
    host.signal('SIGINT');
    expect(host.exits).toEqual([130]);
    await done;
  });

  test('nobody reads standard output any more: 3', async () => {
    const cluster = await startCluster();
    const host = cluster.host();
    const done = call(host, 'rollout web --image app=app:2 --min-ready 0 --interval 1h --yes');
    await until(() => cluster.images().includes('app:2'));
    host.closeOutput();
    expect(await done).toBe(3);
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:2']);
  });
});

describe('while somebody executes', () => {
  test('the same is watched, another is refused by name, and the record steers it', async () => {
    const cluster = await startCluster();
    const executor = cluster.host();
    const done = call(executor, 'rollout web --image app=app:2 --min-ready 300ms --yes');
    await until(() => cluster.images().includes('app:2'));

    const other = cluster.host();
    expect(await call(other, 'rollout web --image app=app:3 --yes')).toBe(1);
    expect(other.err()).toMatch(/ann@laptop.* executes a rollout of web now \(app=app:2\)/);

    const viewer = cluster.host();
    const watched = call(viewer, 'rollout web --image app=app:2 --yes');
    const pause = cluster.host();
    expect(await call(pause, 'pause web')).toBe(0);
    await until(() => executor.out().includes('PAUSED'));
    expect(cluster.images().filter((image) => image === 'app:1').length).toBeGreaterThan(0);
    const resume = cluster.host();
    expect(await call(resume, 'resume web')).toBe(0);
    expect(resume.err()).toContain('executes it. Follow: kubectl bedrock status sts/web');
    expect(await call(cluster.host(), 'speed web --max-unavailable 4')).toBe(0);
    expect(await done).toBe(0);
    expect(await watched).toBe(0);
    expect(viewer.err()).toContain('executes this rollout: watching');
    expect(new Set(cluster.images())).toEqual(new Set(['app:2']));
  });

  test('pause --all', async () => {
    const cluster = await startCluster();
    const executor = cluster.host();
    const done = call(executor, 'rollout web --image app=app:2 --min-ready 200ms --yes');
    await until(() => cluster.images().includes('app:2'));
    const host = cluster.host();
    expect(await call(host, 'pause --all -A')).toBe(0);
    expect(host.err()).toContain('sts/web in default: pause asked for');
    await until(() => executor.out().includes('PAUSED'));
    executor.signal('SIGTERM');
    expect(await done).toBe(143);
  });
});

describe('hold and unhold', () => {
  test('a held set moves no pod, whoever writes its template; unhold says what will move', async () => {
    const cluster = await startCluster();
    const host = cluster.host();
    expect(await call(host, 'hold web --yes')).toBe(0);
    expect(cluster.strategy()).toEqual(FENCED);
    expect(cluster.annotation('origin')).toMatchObject({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    });
    const again = cluster.host();
    expect(await call(again, 'hold web --yes')).toBe(0);
    expect(again.err()).toContain('held already');

    await cluster.patch(imagePatch('app:9'));
    const list = cluster.host();
    expect(await call(list, 'list')).toBe(0);
    expect(list.out()).toContain('its template was changed since');
    const stale = cluster.host();
    expect(await call(stale, 'rollback web')).toBe(1);
    expect(stale.err()).toContain('has changed web since the last rollout');
    expect(cluster.images()).toEqual(['app:1', 'app:1', 'app:1', 'app:1']);

    const refused = cluster.host({ terminal: true, answer: false });
    expect(await call(refused, 'unhold web')).toBe(0);
    expect(refused.err()).toMatch(/will replace 4 pods by itself, one at a time.*web-3, web-2 and 2 more/);
    expect(cluster.strategy()).toEqual(FENCED);
    expect(await call(cluster.host(), 'unhold web --yes')).toBe(0);
    expect(cluster.strategy()).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    await until(() => cluster.images().every((image) => image === 'app:9') && cluster.images().length === 4);
  });

  test('a rollout over a held set puts back the strategy from before the hold', async () => {
    const cluster = await startCluster({ updateStrategy: { type: 'OnDelete' } });
    expect(await call(cluster.host(), 'hold web --yes')).toBe(0);
    expect(await call(cluster.host(), 'rollout web --image app=app:2 --max-unavailable 4 --min-ready 0 --yes')).toBe(0);
    expect(cluster.strategy()).toEqual({ type: 'OnDelete' });
  });

  test('unhold half-way gives the rollout up, and its record with it', async () => {
    const cluster = await startCluster({ updateStrategy: { type: 'OnDelete' } });
    expect(await call(cluster.host(), 'rollout web --image app=app:2 --percent 25 --min-ready 0 --yes')).toBe(0);
    const host = cluster.host();
    expect(await call(host, 'unhold web --yes')).toBe(0);
    expect(host.err()).toContain('given up half-way');
    expect(cluster.strategy()).toEqual({ type: 'OnDelete' });
    const list = cluster.host();
    await call(list, 'list');
    expect(list.err()).toContain('No set in default');
  });
});
