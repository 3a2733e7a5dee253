import { afterEach, describe, expect, test } from 'vitest';
import { type Api, ApiError, ConnectionError } from '../../src/cluster/api.ts';
import type { RolloutFacts } from '../../src/operator/contract.ts';
import { CountingApi, kindOf } from '../../src/operator/counting-api.ts';
import { jsonLog } from '../../src/operator/log.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import { serveHealth } from '../../src/operator/server.ts';

const FACTS: RolloutFacts = {
  namespace: 'pay',
  name: 'web',
  phase: 'Progressing',
  unavailable: 2,
  budget: 3,
  leaks: 1,
};
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(health: { trouble: string | null }, metrics = new Metrics()) {
  const { port, close } = await serveHealth({ host: '127.0.0.1', port: 0 }, metrics.registry, health);
  closing.push(close);
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { code: answer.status, text: await answer.text() };
  };
}

describe('health', () => {
  test('is told to the probes, with the reason', async () => {
    const health: { trouble: string | null } = { trouble: null };
    const get = await served(health);
    expect(await get('/readyz')).toEqual({ code: 200, text: 'ok\n' });
    health.trouble = 'statefulsets is forbidden';
    expect(await get('/readyz')).toEqual({ code: 503, text: 'statefulsets is forbidden\n' });
    expect((await get('/healthz')).code).toBe(200);
    expect((await get('/')).code).toBe(404);
  });

  test('an address that is taken is an error', async () => {
    const { registry } = new Metrics();
    const first = await serveHealth({ host: '127.0.0.1', port: 0 }, registry, { trouble: null });
    closing.push(first.close);
    await expect(serveHealth({ host: '127.0.0.1', port: first.port }, registry, { trouble: null })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

describe('metrics', () => {
  test('tell of rollouts, pods and requests', async () => {
    const metrics = new Metrics();
    metrics.show({ leading: true, rollouts: () => [FACTS, { ...FACTS, name: 'db', phase: 'Complete', budget: 0 }] });
    metrics.replaced(12);
    metrics.replaced(null);
    metrics.ended('complete');
    metrics.reconciled(false);
    metrics.counted('patch', 'statefulsets', '409');
    const { text } = await (await served({ trouble: null }, metrics))('/metrics');
    for (const line of [
      'bedrock_leader 1',
      'bedrock_rollouts{phase="Progressing"} 1',
      'bedrock_rollouts{phase="Complete"} 1',
      'bedrock_rollouts{phase="Paused"} 0',
      'bedrock_rollout_unavailable_pods{namespace="pay",name="web"} 2',
      'bedrock_rollout_budget_pods{namespace="pay",name="web"} 3',
      'bedrock_rollout_leaked_pods{namespace="pay",name="web"} 1',
      'bedrock_pods_replaced_total 2',
      'bedrock_pod_replacement_seconds_count 1',
      'bedrock_pod_replacement_seconds_sum 12',
      'bedrock_rollouts_ended_total{outcome="complete"} 1',
      'bedrock_reconciles_total{result="failed"} 1',
      'bedrock_api_requests_total{verb="patch",resource="statefulsets",code="409"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toContain('name="db"');
  });

  test.each([
    ['GET', '/apis/apps/v1/statefulsets', 'list statefulsets'],
    ['GET', '/apis/apps/v1/namespaces/x/statefulsets/web', 'get statefulsets'],
    [
      'PATCH',
      '/apis/rollouts.bedrock.dev/v1alpha1/namespaces/x/statefulsetrollouts/web/status',
      'patch statefulsetrollouts/status',
    ],
    ['POST', '/api/v1/namespaces/x/pods/web-0/eviction', 'create pods/eviction'],
    ['DELETE', '/api/v1/namespaces/x/pods/web-0', 'delete pods'],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/x/leases/bedrock-web', 'update leases'],
    ['GET', '/api/v1/namespaces/x', 'get namespaces'],
    ['GET', '/version', 'list other'],
  ])('%s %s is %s', (method, path, words) => {
    const { verb, resource } = kindOf(method, path);
    expect(`${verb} ${resource}`).toBe(words);
  });

  test('count what was refused, and what nobody answered', async () => {
    const counted: string[] = [];
    const errors = [new ApiError(409, 'Conflict', ''), new ConnectionError('reset')];
    const api: Api = {
      clock: { now: () => 0, after: () => () => {} },
      request: () => {
        const error = errors.shift();
        return error === undefined ? Promise.resolve(null) : Promise.reject(error);
      },
      watch: () => Promise.reject(new ApiError(403, 'Forbidden', '')),
    };
    const counting = new CountingApi(api, (...each) => void counted.push(each.join(' ')));
    const path = '/api/v1/namespaces/x/pods';
    for (let call = 0; call < 3; call++) await counting.request({ method: 'GET', path }).catch(() => {});
    const watch = { path, idleMs: 1, onEvent: () => {} };
    await counting.watch({ ...watch, signal: new AbortController().signal }).catch(() => {});
    await counting.watch({ ...watch, signal: AbortSignal.abort() }).catch(() => {});
    expect(counted).toEqual(['list pods 409', 'list pods none', 'list pods 200', 'watch pods 403']);
  });
});

describe('the log', () => {
  test('is a line of JSON for each message, without secrets and control characters', () => {
    const lines: string[] = [];
    jsonLog((line) => void lines.push(line)).warn(
      { resource: 'pay/web', err: 'proxy said\u001b[31m token=abcdefgh' },
      'Bearer abcdefghijkl was refused',
    );
    const [line = ''] = lines;
    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      resource: 'pay/web',
      err: 'proxy said[31m token=***',
      message: 'Bearer *** was refused',
    });
  });
});
