import { expect, test } from 'vitest';
import { objectOf, World } from './kit.ts';

// kubernetes#54368, #74689: forced away, a second process may start with the same identity and volume

async function lostOnItsNode(): Promise<{ world: World; node: string }> {
  const world = await World.start({ replicas: 3, stop: '10s' });
  const running = world.start('rollout web --image app=app:2 --yes');
  await world.until('web-2 is going', () => world.pod('web-2')?.deleting === true);
  const pod = world.simulator.pods().find(({ metadata }) => metadata.name === 'web-2');
  const node = String(objectOf(pod?.spec ?? {}).nodeName);
  world.simulator.nodes.kill(node);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(3);
  expect(said).toMatch(new RegExp(`web-2 is stuck terminating: ${node} is unreachable for \\d+s`));
  expect(said).toContain(`kubectl taint node ${node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`);
  expect(said).not.toContain('--force');
  return { world, node };
}

test('it says so after the grace, touches nothing else, forces nothing', async () => {
  const { world } = await lostOnItsNode();
  expect(world.phase()).toBe('Paused (PodStuck)');
  expect(world.takings()).toMatchObject([{ pod: 'web-2', how: 'evict' }]);
  expect(world.pod('web-2')?.deleting).toBe(true);
  expect(world.simulator.history.writes.filter(({ verb, user }) => verb === 'delete' && user === 'ann')).toEqual([]);
});

test('told to go on, it leaves that pod where it is: the others go, within the budget', async () => {
  const { world, node } = await lostOnItsNode();
  const stuck = world.pod('web-2');
  await world.run('speed web --max-unavailable 2');
  const running = world.start('resume web');
  await world.until('the others are new', () => world.images().slice(0, 2).join() === 'app:2,app:2');
  expect(world.pod('web-2')).toEqual(stuck);
  expect(world.mostUnavailable().length).toBeLessThanOrEqual(2);
  world.simulator.nodes.revive(node);
  const { code, said } = await world.end(running);
  expect(code, said).toBe(0);
  expect(world.images()).toEqual(['app:2', 'app:2', 'app:2']);
});

test('a finalizer that nobody takes away is named', async () => {
  const world = await World.start({ replicas: 2 });
  await world.patchPod('web-1', { metadata: { finalizers: ['corp.example/backup'] } });
  const { code, said } = await world.run('rollout web --image app=app:2 --yes');
  expect(code, said).toBe(3);
  expect(said).toContain('web-1 is stuck terminating: the finalizer corp.example/backup holds it');
});
