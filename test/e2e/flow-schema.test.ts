import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { sharedCluster } from './harness/index.ts';

const cluster = await sharedCluster();

it('the sample of API Priority and Fairness is taken by the API server, word for word', async () => {
  const file = resolve(import.meta.dirname, '../../plugin-manifest/flow-schema.yaml');
  const applied = await cluster.kubectl('apply', '--server-side', '--validate=strict', '--dry-run=server', '-f', file);
  expect(applied, applied.stderr).toMatchObject({ code: 0 });
  expect(applied.stdout.trim().split('\n')).toHaveLength(3);
  const levels = await cluster.kubectl('get', 'prioritylevelconfiguration', 'leader-election', '-o', 'name');
  expect(levels.code).toBe(0);
  const shares = await cluster.kubectl(
    'get',
    'prioritylevelconfigurations',
    '-o',
    'jsonpath={.items[*].spec.limited.nominalConcurrencyShares}',
  );
  const sum = shares.stdout.split(' ').reduce((all, each) => all + Number(each), 0);
  expect(sum).toBe(245);
});
