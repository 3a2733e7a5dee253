import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { DemoCluster } from '../../src/commands/demo/cluster.ts';
import { makeCertificate } from '../cluster/harness/certificate.ts';
import { until } from '../commands/cluster.ts';
import { clusterOf, start } from './program.ts';

// What only processes of their own can show of D25 and D26, and of credentials that expire (D20): stopped and continued by
// signals, a reader that goes away, a plugin that is run again.

/** The pods that this user has taken, in order; and what it has written at all but Leases. */
function deedsOf({ simulator }: DemoCluster, user: string): { taken: string[]; writes: number } {
  const own = simulator.history.writes.filter((write) => write.user === user && write.resource.plural !== 'leases');
  return { taken: own.filter(({ verb }) => verb === 'evict').map(({ name }) => name), writes: own.length };
}

function images({ simulator }: DemoCluster): string[] {
  return simulator.pods().map((pod) => /"image":"(app:\d)"/.exec(JSON.stringify(pod.spec))?.[1] ?? 'none');
}

const ROLLOUT = 'rollout sts/web --image app=app:2 --min-ready 0 --interval 3s --yes -o line';

describe('a process', { timeout: 120_000 }, () => {
  it.concurrent('stopped for longer than its Lease lasts wakes up, writes nothing more, and watches the other one', async () => {
    await using cluster = await clusterOf(10);
    const ann = start(`${ROLLOUT} --as ann`, cluster.kubeconfig);
    await until(() => deedsOf(cluster, 'ann').taken.length >= 2);
    const bob = start(`${ROLLOUT} --as bob`, cluster.kubeconfig);
    await until(() => bob.said().includes('executes this rollout: watching'));
    ann.child.kill('SIGSTOP');
    const stoppedAt = Date.now();
    // what it had sent before it stopped has arrived by the time that the other one may begin
    await until(() => deedsOf(cluster, 'bob').taken.length > 0);
    expect(Date.now() - stoppedAt).toBeGreaterThan(14_000);
    const before = deedsOf(cluster, 'ann').writes;
    ann.child.kill('SIGCONT');
    expect(await bob.ended, bob.said()).toBe(0);
    expect(await ann.ended, ann.said()).toBe(0);
    expect(deedsOf(cluster, 'ann').writes).toBe(before);
    expect(new Set(images(cluster))).toEqual(new Set(['app:2']));
    const all = [...deedsOf(cluster, 'ann').taken, ...deedsOf(cluster, 'bob').taken];
    expect(new Set(all).size).toBe(all.length);
  });

  it.concurrent('that sleeps alone for longer than its Lease lasts goes on where it was', async () => {
    await using cluster = await clusterOf(6);
    const ann = start(`${ROLLOUT} --as ann`, cluster.kubeconfig);
    await until(() => deedsOf(cluster, 'ann').taken.length >= 2);
    ann.child.kill('SIGSTOP');
    await new Promise((wake) => setTimeout(wake, 40_000));
    expect(deedsOf(cluster, 'ann').taken.length).toBeLessThanOrEqual(3);
    ann.child.kill('SIGCONT');
    expect(await ann.ended, ann.said()).toBe(0);
    expect(deedsOf(cluster, 'ann').taken).toHaveLength(6);
    expect(new Set(images(cluster))).toEqual(new Set(['app:2']));
  });

  it.concurrent('whose reader goes away takes no further pod, ends with 3, and does not crash', async () => {
    await using cluster = await clusterOf(6);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    const shell = 'COMMAND | head -1; echo "ended with ${PIPESTATUS[0]}"';
    const ann = start(`${ROLLOUT} --as ann`, cluster.kubeconfig, { shell });
    await ann.ended;
    const { taken } = deedsOf(cluster, 'ann');
    expect(ann.said()).toContain('ended with 3');
    expect(ann.said()).not.toMatch(/EPIPE|node:|at .*\.ts/);
    expect(taken.length).toBeLessThan(6);
    await until(() => images(cluster).filter((image) => image === 'app:2').length === taken.length);
  });

  it.concurrent('whose token expires again and again asks its plugin for another, and tells none of them', async () => {
    await using cluster = await clusterOf(4);
    await using door = await doorTo(cluster);
    const ann = start(`${ROLLOUT} -v 9`, door.kubeconfig);
    expect(await ann.ended, ann.said()).toBe(0);
    expect(new Set(images(cluster))).toEqual(new Set(['app:2']));
    expect(door.refused()).toBeGreaterThan(1);
    expect(ann.said()).not.toContain('sh0rt-lived');
    expect(JSON.stringify(cluster.simulator.history.writes.map(({ after }) => after))).not.toContain('sh0rt-lived');
  });
});

/** For so long a token of the plugin is let in. */
const TOKEN_MS = 4_000;

interface Door extends AsyncDisposable {
  kubeconfig: string;
  /** Requests with a token that had expired. */
  refused(): number;
}

/** Stands before the API server, and lets a token in for a few seconds after it was first seen. */
async function doorTo(cluster: DemoCluster): Promise<Door> {
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  const [{ cluster: target }] = config.clusters;
  const { token: lasting } = config.users[0].user;
  const ca = Buffer.from(target['certificate-authority-data'], 'base64');
  const firstSeen = new Map<string, number>();
  let refused = 0;
  const { key, cert } = makeCertificate();
  const server = createServer({ key, cert }, (incoming: IncomingMessage, response: ServerResponse) => {
    const token = incoming.headers.authorization ?? '';
    const since = firstSeen.get(token) ?? Date.now();
    firstSeen.set(token, since);
    if (Date.now() - since > TOKEN_MS) {
      refused++;
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' }));
      return;
    }
    const headers = { ...incoming.headers, authorization: `Bearer ${lasting}` };
    const onward = request(
      new URL(incoming.url ?? '/', cluster.url),
      { method: incoming.method, headers, ca },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the door has no port');
  const folder = await mkdtemp(join(tmpdir(), 'bedrock-door-'));
  const kubeconfig = join(folder, 'kubeconfig');
  target.server = `https://127.0.0.1:${address.port}`;
  target['certificate-authority-data'] = Buffer.from(cert).toString('base64');
  const credential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"sh0rt-lived-$$"}}`;
  config.users[0].user = {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: '/bin/sh',
      args: ['-c', `cat <<END\n${credential}\nEND`],
      interactiveMode: 'Never',
    },
  };
  writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
  return {
    kubeconfig,
    refused: () => refused,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(folder, { recursive: true });
    },
  };
}
