import { describe, expect, test } from 'vitest';
import { HOLD_ALL } from '../../src/rollout/record.ts';
import { RESOURCE_ANNOTATION } from '../../src/rollout/resource.ts';
import { objectOf, World } from '../cases/kit.ts';
import {
  calm,
  condition,
  createResource,
  deleteResource,
  embed,
  installCrd,
  patchResource,
  startOperator,
  statusOf,
  strategy,
  untilMirrored,
  withImage,
} from './kit.ts';

const OLD = 'app:1';
const HELD = { type: 'RollingUpdate', rollingUpdate: { partition: HOLD_ALL } };
const NEW = 'app:2';

async function world(parts: Parameters<typeof World.start>[0] = {}, checked = true): Promise<World> {
  const made = await World.start({ replicas: 4, ...parts });
  installCrd(made, checked);
  return made;
}

/** Reasons of the operator's Events, of the resource and of the set. */
function events(of: World): string[] {
  const writes = of.simulator.history.writes.filter(
    ({ user, resource }) => user === 'operator' && resource.plural === 'events',
  );
  return writes.map(({ after }) => String(after?.reason));
}

function images(of: World): string {
  return of.images().join(' ');
}

describe('an operator', () => {
  test('rolls out what a resource asks for, and leaves the set held', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    expect(images(w)).toBe('app:2 app:2 app:2 app:2');
    expect(w.mostUnavailable()).toHaveLength(1);
    expect(strategy(w)).toMatchObject(HELD);
    expect(w.set().metadata.annotations).toMatchObject({ [RESOURCE_ANNOTATION]: 'web' });
    expect(w.set().metadata.ownerReferences).toBeUndefined();
    await calm(w);
    expect(statusOf(w)).toMatchObject({
      observedGeneration: 1,
      set: 'web',
      counts: { replicas: 4, updated: 4, available: 4, unavailable: 0 },
    });
    expect(condition(w, 'Held')).toBe('True Fenced');
    expect(condition(w, 'Available')).toBe('True EnoughPods');
    expect(condition(w, 'Progressing')).toBe('False Complete');
    expect(condition(w, 'Degraded')).toBe('False AsExpected');
  });

  test('writes nothing where nothing is to be done', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    await calm(w);
    w.mark();
    await w.pass(3_600_000);
    expect(w.writes('operator')).toEqual([]);
  });

  test('makes the set that is not there, and begins no rollout of it', async () => {
    const w = await world();
    const spec = embed(w, NEW, {
      replicas: 3,
      minReadySeconds: 1,
      selector: { matchLabels: { app: 'db' } },
      template: withImage({ metadata: { labels: { app: 'db' }, annotations: { 'kubelet.test/start': '1s' } } }, NEW),
    });
    startOperator(w);
    createResource(w, { statefulset: { metadata: { labels: { team: 'a' } }, spec } }, 'db');
    await untilMirrored(w, 'Complete', 'db');
    const set = w.simulator.set('db');
    expect(set.spec).toMatchObject({ replicas: 3, minReadySeconds: 1, updateStrategy: HELD });
    expect(set.metadata).toMatchObject({ labels: { team: 'a' } });
    await calm(w);
    expect(statusOf(w, 'db').counts).toMatchObject({ replicas: 3, available: 3, updated: 3 });
    expect(w.takings()).toEqual([]);
  });

  test('writes the status at once where the phase changes, else every 5 s at most; and few Events', async () => {
    const w = await world({ replicas: 12, start: '8s' });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) }, minReady: '0s' });
    await untilMirrored(w, 'Complete');
    await calm(w);
    const writes = w.simulator.history.writes.filter(
      ({ user, resource, subresource }) =>
        user === 'operator' && resource.plural === 'statefulsetrollouts' && subresource === 'status',
    );
    const spoken = writes.map(({ at, after }) => ({ at, phase: JSON.stringify(objectOf(after?.status ?? {}).phase) }));
    const hasty = spoken.filter((each, index) => {
      const before = spoken[index - 1];
      return before !== undefined && each.phase === before.phase && each.at - before.at < 4_500;
    });
    expect(spoken.length).toBeGreaterThan(10);
    expect(hasty.length).toBeLessThanOrEqual(2);
    expect(new Set(events(w))).toEqual(new Set(['Progressing', 'Complete']));
  });

  test('goes on from 25 percent to 100 when the resource says so', async () => {
    const w = await world({ replicas: 8 });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) }, percent: 25 });
    await untilMirrored(w, 'Paused (PercentReached)');
    expect(w.images().filter((image) => image === NEW)).toHaveLength(2);
    await w.deletePod('web-0');
    await w.healed();
    expect(w.pod('web-0')?.image).toBe(OLD);
    await patchResource(w, { percent: 100, maxUnavailable: '2' });
    await untilMirrored(w, 'Complete');
    expect(w.images()).toEqual(Array(8).fill(NEW));
    expect(w.mostUnavailable().length).toBeLessThanOrEqual(2);
  });

  test('stops where the resource asks for a pause, and goes on where it takes that back', async () => {
    const w = await world({ replicas: 8, start: '5s' });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
    await patchResource(w, { pauseRequested: true, pausedBy: 'ann' });
    await untilMirrored(w, 'Paused (Requested)');
    const before = w.takings().length;
    await w.pass(600_000);
    expect(w.takings()).toHaveLength(before);
    await patchResource(w, { pauseRequested: false });
    await untilMirrored(w, 'Complete');
  });

  test('another template in mid-rollout is a new rollout; the first one back is a rollback', async () => {
    const w = await world({ replicas: 6, start: '5s' });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
    const first = statusOf(w).rolloutIdentity;
    await patchResource(w, { statefulset: { spec: { template: withImage(w.spec().template ?? null, OLD) } } });
    await w.until('a new rollout is under way', () => statusOf(w).rolloutIdentity !== first);
    await untilMirrored(w, 'Complete');
    expect(images(w)).toBe(Array(6).fill(OLD).join(' '));
    expect(w.mostUnavailable().length).toBeLessThanOrEqual(1);
  });

  test('A, B, A, B', async () => {
    const w = await world({ replicas: 2 });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    for (const image of ['app:3', NEW, 'app:3']) {
      const before = statusOf(w).rolloutIdentity;
      await patchResource(w, { statefulset: { spec: { template: withImage(w.spec().template ?? null, image) } } });
      await w.until('it is another one', () => statusOf(w).rolloutIdentity !== before);
      await untilMirrored(w, 'Complete');
      expect(w.images()).toEqual([image, image]);
    }
  });

  test('rolls back what the resource says is to be rolled back', async () => {
    const w = await world({ replicas: 6, start: '5s' });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) }, percent: 50 });
    await untilMirrored(w, 'Paused (PercentReached)');
    const identity = statusOf(w).rolloutIdentity ?? '';
    await patchResource(w, {
      rollback: { at: new Date(w.clock.now()).toISOString(), by: 'ann', summary: 'asked to', identity },
    });
    await untilMirrored(w, 'RolledBack');
    expect(w.images()).toEqual(Array(6).fill(OLD));
    await calm(w);
    w.mark();
    await w.pass(3_600_000);
    expect(w.writes('operator')).toEqual([]);
  });

  test('a bad version stops it, and says so', async () => {
    const w = await world({ replicas: 4 });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, 'app:crash') } });
    await untilMirrored(w, 'Paused (PodFailed)');
    expect(condition(w, 'Degraded')).toBe('True PodFailed');
    expect(w.images().filter((image) => image === 'app:crash')).toHaveLength(1);
  });

  test('a set that a resource only names is held, and rolled out when it says another identity', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { targetRef: { name: 'web' } }, 'of-web');
    await w.until('it is held', () => condition(w, 'Held', 'of-web') === 'True Fenced');
    await w.patchImage(NEW);
    await w.pass(600_000);
    expect(images(w)).toBe('app:1 app:1 app:1 app:1');
    await patchResource(w, { rolloutIdentity: 'b' }, 'of-web');
    await w.until('all are new', () => w.images().every((image) => image === NEW));
    await untilMirrored(w, 'Complete', 'of-web');
  });

  test('puts back the template of a held set that somebody has changed, and no pod moves', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    w.mark();
    await w.patchImage('app:9');
    await w.until('it is back', () => JSON.stringify(w.spec().template).includes(NEW));
    await calm(w);
    expect(w.takings()).toEqual([]);
    expect(w.images()).toEqual(Array(4).fill(NEW));
  });
});

describe('what a resource cannot have', () => {
  test.each([
    ['a set that is not there', { targetRef: { name: 'nothing' } }, 'SetNotFound'],
    ['a spec that nobody can follow', { targetRef: { name: 'web' }, percent: 250 }, 'InvalidSpec'],
  ])('%s is a condition', async (_, spec, reason) => {
    const w = await world({}, false);
    startOperator(w);
    createResource(w, spec);
    await w.until('it says so', () => condition(w, 'Degraded') === `True ${reason}`);
    await calm(w);
    w.mark();
    await w.pass(3_600_000);
    expect(w.writes('operator')).toEqual([]);
  });

  test('an immutable field is refused with the way out, and mended by the old value', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW, { serviceName: 'other' }) } });
    await w.until('it says so', () => condition(w, 'Degraded') === 'True ImmutableField');
    expect(statusOf(w).conditions?.find(({ type }) => type === 'Degraded')?.message).toContain('serviceName');
    await patchResource(w, { statefulset: { spec: { serviceName: 'web' } } });
    await untilMirrored(w, 'Complete');
    expect(condition(w, 'Degraded')).toBe('False AsExpected');
  });

  test('a set that somebody else rolls out is waited for', async () => {
    const w = await world({ replicas: 6, start: '5s' });
    const laptop = w.start('rollout web --image app=app:3 --yes -o line');
    await w.until('it is under way', () => w.images().includes('app:3'));
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('it says so', () => condition(w, 'Degraded') === 'True ExecutedElsewhere');
    expect(w.images()).not.toContain(NEW);
    await w.end(laptop);
    await untilMirrored(w, 'Complete');
    expect(w.images()).toEqual(Array(6).fill(NEW));
    expect(condition(w, 'Degraded')).toBe('False AsExpected');
  });

  test('what the API server refuses of the template is told, nothing is written, and it is mended by an edit', async () => {
    const w = await world();
    startOperator(w);
    const bad = { ...withImage(w.spec().template ?? null, NEW), metadata: { labels: { app: 'other' } } };
    createResource(w, { statefulset: { spec: embed(w, NEW, { template: bad }) } });
    await w.until('it says so', () => condition(w, 'Degraded') === 'True InvalidSpec');
    expect(strategy(w)).toMatchObject({ rollingUpdate: { partition: 0 } });
    await patchResource(w, { statefulset: { spec: { template: { metadata: { labels: { app: 'web' } } } } } });
    await untilMirrored(w, 'Complete');
    expect(condition(w, 'Degraded')).toBe('False AsExpected');
    await calm(w);
    // each said once
    const reasons = events(w).filter((reason) => reason === 'InvalidSpec');
    expect(reasons).toHaveLength(2);
  });

  test('the set of another one: the older resource has it', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { targetRef: { name: 'web' } }, 'first');
    await w.pass(5_000);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('it says so', () => condition(w, 'Degraded') === 'True SetTaken');
    await calm(w);
    expect(images(w)).toBe('app:1 app:1 app:1 app:1');
    await deleteResource(w, 'first');
    await untilMirrored(w, 'Complete');
    expect(w.images()).toEqual(Array(4).fill(NEW));
  });
});

describe('the resource is deleted', () => {
  test.each([
    ['with the operator up', true],
    ['with the operator down', false],
  ])('in mid-rollout, %s: the set stays as it is, held', async (_, up) => {
    const w = await world({ replicas: 8, start: '5s' });
    const running = startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
    if (!up) running.api.kill();
    await deleteResource(w);
    await calm(w);
    if (!up) startOperator(w, 'second');
    await calm(w);
    const before = w.images();
    w.mark();
    await w.pass(3_600_000);
    expect(w.images()).toEqual(before);
    expect(before).toContain(OLD);
    expect(w.takings()).toEqual([]);
    // what dies comes back as it was
    await w.deletePod('web-0');
    await w.healed();
    expect(w.pod('web-0')?.image).toBe(OLD);
    expect(objectOf(objectOf(strategy(w)).rollingUpdate ?? {}).partition).toBeGreaterThan(0);
  });

  test('at rest: the set is left held', async () => {
    const w = await world();
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    await calm(w);
    await deleteResource(w);
    w.mark();
    await w.pass(600_000);
    expect(strategy(w)).toMatchObject(HELD);
    expect(w.writes('operator')).toEqual([]);
  });
});

describe('more than one operator, or none', () => {
  test('one that comes before its CustomResourceDefinition says so, and begins when that is there', async () => {
    const w = await World.start({ replicas: 2 });
    const { operator } = startOperator(w);
    await w.pass(60_000);
    expect(operator.trouble).toMatch(/could not find the requested resource/);
    installCrd(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await untilMirrored(w, 'Complete');
    expect(operator.trouble).toBeNull();
  });

  test('one that may not have the Lease is not ready, and says why', async () => {
    const w = await world();
    const allow = w.simulator.server.access.deny(({ resource }) => resource === 'leases');
    const { operator } = startOperator(w);
    await w.pass(10_000);
    expect(operator.trouble).toMatch(/^the Lease cannot be asked for: .*forbidden/);
    allow();
    await w.pass(10_000);
    expect([operator.leading, operator.trouble]).toEqual([true, null]);
  });

  test('of two, one acts; the other takes over where that one dies', async () => {
    const w = await world({ replicas: 10, start: '5s' });
    const first = startOperator(w, 'one');
    await w.pass(1_000);
    startOperator(w, 'two');
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('three pods are new', () => w.images().filter((image) => image === NEW).length >= 3);
    expect(w.writes('two')).toEqual([]);
    first.api.kill();
    await untilMirrored(w, 'Complete');
    expect(w.images()).toEqual(Array(10).fill(NEW));
    expect(w.mostUnavailable().length).toBeLessThanOrEqual(1);
    // each pod once, whoever took it
    expect(w.takings()).toHaveLength(10);
  });

  test('one that is told to stop leaves the set held, and gives its Leases back', async () => {
    const w = await world({ replicas: 10, start: '5s' });
    const first = startOperator(w, 'one');
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('three pods are new', () => w.images().filter((image) => image === NEW).length >= 3);
    await w.settle(first.operator.stop());
    const before = w.takings().length;
    await w.pass(600_000);
    expect(w.takings()).toHaveLength(before);
    startOperator(w, 'two');
    const at = w.clock.now();
    await w.until('the other goes on', () => w.takings().length > before);
    expect(w.clock.now() - at).toBeLessThan(5_000);
    await untilMirrored(w, 'Complete');
    expect(w.takings()).toHaveLength(10);
  });

  test.each(Array.from({ length: 24 }, (_, index) => index * 4 + 1))(
    'killed as it sends its request number %i, and started again: the same end',
    async (number) => {
      const w = await world({ replicas: 3 });
      createResource(w, { statefulset: { spec: embed(w, NEW, { minReadySeconds: 1 }) } });
      const { api } = startOperator(w, 'one');
      let sent = 0;
      const { request } = api;
      api.request = (asked) => {
        if (asked.method !== 'GET') sent++;
        if (sent >= number) api.kill();
        return request.call(api, asked);
      };
      await w.pass(60_000);
      startOperator(w, 'two');
      await untilMirrored(w, 'Complete');
      expect(w.images()).toEqual(Array(3).fill(NEW));
      expect(w.mostUnavailable().length).toBeLessThanOrEqual(1);
      expect(w.takings().length).toBeLessThanOrEqual(4);
      await calm(w);
      w.mark();
      await w.pass(600_000);
      expect(w.takings()).toEqual([]);
    },
  );

  test('what it may not do it does once it may', async () => {
    const w = await world({ replicas: 6, start: '5s' });
    startOperator(w);
    createResource(w, { statefulset: { spec: embed(w, NEW) } });
    await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
    const allow = w.simulator.server.access.deny(
      ({ user, verb, resource }) => user === 'operator' && verb === 'patch' && resource === 'statefulsets',
    );
    await w.until('it says so', () => condition(w, 'Degraded') === 'True Forbidden');
    const before = w.takings().length;
    await w.pass(120_000);
    expect(w.takings()).toHaveLength(before);
    allow();
    await untilMirrored(w, 'Complete');
    expect(w.images()).toEqual(Array(6).fill(NEW));
    expect(w.mostUnavailable().length).toBeLessThanOrEqual(1);
  });
});
