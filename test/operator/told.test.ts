import { expect, test } from 'vitest';
import type { OpenNotifiers } from '../../src/notify/contract.ts';
import { World } from '../cases/kit.ts';
import { FakeReceiver } from '../notify/fake-receiver.ts';
import { FakeSlack } from '../notify/fake-slack.ts';
import { calm, createResource, embed, installCrd, patchResource, startOperator, untilMirrored } from './kit.ts';

const NEW = 'app:2';
const TOLD = { channel: '#deploys', callback: { url: 'https://releases.test/hook' } };

/** An operator that tells both, and a resource that asks for it, in mid-rollout. */
async function underWay() {
  const w = await World.start({ replicas: 8, start: '5s' });
  installCrd(w);
  const slack = new FakeSlack(w.clock);
  const receiver = new FakeReceiver(w.clock);
  const both: OpenNotifiers = async (...rollout) => {
    const opened = await Promise.all([slack.open(...rollout), receiver.open(...rollout)]);
    return { notifiers: opened.flatMap(({ notifiers }) => notifiers), missing: [] };
  };
  const first = startOperator(w, 'one', 'one@cluster', both);
  createResource(w, { statefulset: { spec: embed(w, NEW) }, ...TOLD });
  await w.until('two pods are new', () => w.images().filter((image) => image === NEW).length >= 2);
  const threads = () =>
    slack.messages.map(({ thread }) => thread.map(({ message }) => message.text.split('\n')[0] ?? ''));
  return { w, first, receiver, both, threads };
}

test('an operator that is told to stop tells of no pause, and the next one of no going on', async () => {
  const { w, first, both, receiver, threads } = await underWay();
  await w.settle(first.operator.stop());
  expect(w.phase()).toBe('Progressing');
  expect(w.record().spec.pauseRequested).toBe(false);
  const before = w.takings().length;
  await w.pass(60_000);
  expect(w.takings()).toHaveLength(before);
  startOperator(w, 'two', 'two@cluster', both);
  await untilMirrored(w, 'Complete');
  await calm(w);
  expect(receiver.events()).toEqual(['started', 'complete']);
  expect(threads()).toEqual([[expect.stringMatching(/^started by one@cluster/), expect.stringMatching(/^complete/)]]);
});

test('an operator that is told to stop while somebody has paused the rollout leaves that pause', async () => {
  const { w, first, both, threads } = await underWay();
  await patchResource(w, { pauseRequested: true, pausedBy: 'ann' });
  await w.untilPhase('Paused (Requested)');
  await w.settle(first.operator.stop());
  w.mark();
  startOperator(w, 'two', 'two@cluster', both);
  await calm(w);
  expect(w.phase()).toBe('Paused (Requested)');
  expect(w.takings()).toEqual([]);
  expect(threads()).toEqual([[expect.stringMatching(/^started by/), expect.stringMatching(/^paused by ann/)]]);
});

test('a rollout in whose place another one begins is told as given up, not as paused', async () => {
  const { w, receiver, threads } = await underWay();
  await patchResource(w, { statefulset: { spec: embed(w, 'app:3') } });
  await untilMirrored(w, 'Complete');
  await calm(w);
  expect(w.images()).toEqual(Array(8).fill('app:3'));
  expect(receiver.events()).toEqual(['started', 'stopped', 'started', 'complete']);
  expect(threads()).toEqual([
    [expect.stringMatching(/^started by/), 'stopped: given up: app 3 is asked for now'],
    [expect.stringMatching(/^started by/), expect.stringMatching(/^complete/)],
  ]);
});

test('a rollout that is asked for no more, by a template that no API server takes, is told as paused', async () => {
  const { w, threads } = await underWay();
  const { serviceName = '', selector = {} } = embed(w, NEW);
  const template = {
    metadata: { labels: { app: 'another' } },
    spec: { containers: [{ name: 'app', image: 'app:3' }] },
  };
  await patchResource(w, { statefulset: { spec: { serviceName, selector, template } } });
  await w.untilPhase('Paused (Requested)');
  await calm(w);
  w.mark();
  await w.pass(600_000);
  expect(w.takings()).toEqual([]);
  expect(threads()).toEqual([
    [expect.stringMatching(/^started by/), expect.stringMatching(/^paused by one@cluster, who left/)],
  ]);
});
