import { describe, expect, test } from 'vitest';
import { World } from './kit.ts';

// elastic/cloud-on-k8s#1619, kubernetes#116629: an autoscaler or a person changes replicas while the rollout runs

describe.each(['OrderedReady', 'Parallel'] as const)('%s', (policy) => {
  test.each([14, 5])(
    '10 pods, held at the fourth, then scaled to %i: what is there is counted, and the percentage is meant of it',
    async (replicas) => {
      const world = await World.start({ replicas: 10, policy });
      const held = await world.run('rollout web --image app=app:2 --percent 40 --yes');
      expect(held, held.said).toMatchObject({ code: 0 });
      await world.patch({ spec: { replicas } }, 'hpa');
      await world.healed();
      await world.pass(5000);
      const { said } = await world.run('status web');
      if (replicas === 5) expect(said).toContain('held at 0%: 0 of 5 pods at app 2');
      else expect(said).toContain('8 of 14');
      world.mark();
      const resumed = await world.run('resume web');
      expect(resumed, resumed.said).toMatchObject({ code: 0 });
      // 40 % of 5 are two, of 14 six, and eight are new already: the four that came up new are named
      expect(world.taken()).toEqual(replicas === 5 ? ['web-4', 'web-3'] : []);
      const scaled = world.record().status.events.find(({ kind }) => kind === 'scaled')?.message;
      if (replicas === 14)
        expect(scaled).toBe('scaled from 10 to 14; web-10, web-11 and 2 more came up new, out of turn');
    },
  );

  test.each([6, 2])(
    '4 pods on their way, scaled to %i: nothing is taken meanwhile, and it ends complete',
    async (replicas) => {
      const world = await World.start({ replicas: 4, policy, start: '5s', stop: '2s' });
      const running = world.start('rollout web --image app=app:2 --yes');
      await world.until('two are new', () => world.images().filter((image) => image === 'app:2').length === 2);
      await world.healed();
      await world.patch({ spec: { replicas } }, 'hpa');
      const taken = world.taken().length;
      await world.until(
        'the scale is done',
        () => world.status().replicas === replicas && world.pods().length === replicas,
      );
      expect(world.taken().length - taken).toBeLessThanOrEqual(1);
      const { code, said } = await world.end(running);
      expect(code, said).toBe(0);
      expect(world.images()).toEqual(Array.from({ length: replicas }, () => 'app:2'));
    },
  );
});
