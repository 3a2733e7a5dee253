import { describe, expect, test } from 'vitest';
import { podShape, shaped } from '../../src/cluster/shapes.ts';
import { troubleOf } from '../../src/cluster/trouble.ts';
import type { Json, JsonObject } from '../../src/rollout/json.ts';

const waiting = (name: string, reason: string, more: JsonObject = {}): JsonObject => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason, message: `${reason} said` } },
  ...more,
});
const running = (name: string): JsonObject => ({ name, ready: true, restartCount: 0, state: { running: {} } });
const ended = (exitCode: number, reason: string): Json => ({ terminated: { exitCode, reason } });

function trouble(status: JsonObject) {
  const raw = { metadata: { name: 'web-0', uid: 'u' }, spec: {}, status: { phase: 'Pending', ...status } };
  return troubleOf(shaped(podShape, 'pod', raw));
}

describe('what a container waits for', () => {
  test.each([
    ['CrashLoopBackOff', 'crash'],
    ['ImagePullBackOff', 'image'],
    ['ErrImagePull', 'image'],
    ['InvalidImageName', 'image'],
    ['CreateContainerConfigError', 'container'],
    ['CreateContainerError', 'container'],
    ['RunContainerError', 'container'],
  ])('%s', (reason, kind) => {
    expect(trouble({ containerStatuses: [running('app'), waiting('side', reason)] })).toEqual({
      kind,
      reason,
      message: `${reason} said`,
      container: 'side',
    });
  });

  test.each(['ContainerCreating', 'PodInitializing'])('%s is starting, not trouble', (reason) => {
    expect(trouble({ containerStatuses: [waiting('app', reason)] })).toBeNull();
  });
});

test('a crash loop tells how its last life ended', () => {
  const lastState = ended(137, 'OOMKilled');
  expect(trouble({ containerStatuses: [waiting('app', 'CrashLoopBackOff', { lastState, restartCount: 4 })] })).toEqual({
    kind: 'crash',
    reason: 'CrashLoopBackOff',
    message: 'OOMKilled, exit code 137; CrashLoopBackOff said',
    container: 'app',
  });
});

test('out of memory, and started again: told until it is Ready', () => {
  const status = { ...running('app'), ready: false, restartCount: 1, lastState: ended(137, 'OOMKilled') };
  expect(trouble({ phase: 'Running', containerStatuses: [status] })).toMatchObject({ reason: 'OOMKilled' });
  expect(trouble({ phase: 'Running', containerStatuses: [{ ...status, ready: true }] })).toBeNull();
});

test('the worst over containers, init containers and sidecars', () => {
  const init = waiting('migrate', 'CrashLoopBackOff');
  const sidecar = waiting('proxy', 'CreateContainerConfigError');
  const app = waiting('app', 'ImagePullBackOff');
  expect(trouble({ initContainerStatuses: [init, sidecar], containerStatuses: [app] })?.container).toBe('proxy');
  expect(trouble({ initContainerStatuses: [init], containerStatuses: [app] })?.container).toBe('migrate');
});

test("the scheduler's own words, of nodes as of claims", () => {
  const message = '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  expect(trouble({ conditions })).toEqual({ kind: 'unschedulable', reason: 'Unschedulable', message, container: null });
});

test('an init container that has done its work is no trouble', () => {
  const done = { name: 'migrate', ready: true, restartCount: 0, state: ended(0, 'Completed') };
  expect(trouble({ initContainerStatuses: [done], containerStatuses: [waiting('app', 'PodInitializing')] })).toBeNull();
});
