import { Simulator, VirtualClock } from '../../src/simulator/index.ts';

/** A simulated cluster with a set `web` of three pods, and the clock that moves it. */
export async function simulated() {
  const clock = new VirtualClock();
  const simulator = new Simulator({ seed: 3, version: '1.37', clock });
  const labels = { app: 'web' };
  simulator.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'web:1' }] } },
    },
  });
  const pass = (ms: number) => clock.run(clock.now() + ms);
  /** Moves the clock until the call has ended. */
  const run = async <T>(call: Promise<T>): Promise<T> => {
    let over = false;
    const end = () => {
      over = true;
    };
    call.then(end, end);
    await clock.run(clock.now() + 120_000, () => over);
    if (!over) throw new Error('two minutes were not enough');
    return call;
  };
  await pass(10_000);
  return { clock, simulator, pass, run };
}
