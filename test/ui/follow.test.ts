import { describe, expect, it } from 'vitest';
import { runJsonl } from '../../src/ui/jsonl.ts';
import { jsonlSchema } from '../../src/ui/jsonl-schema.ts';
import { runLine } from '../../src/ui/line.ts';
import { live, middle, NOW, newPod } from './builders.ts';
import { StillSession, StorySession } from './fake-session.ts';

describe('runLine and runJsonl', () => {
  const run = async (kind: 'line' | 'jsonl', session: StorySession) => {
    const lines: string[] = [];
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running = (kind === 'line' ? runLine : runJsonl)({
      session,
      write: (line) => lines.push(line),
      signal: new AbortController().signal,
      ended,
    });
    const start = session.live().at;
    for (let at = start; !session.over; at += 500) {
      session.advance(at);
      // lets the coalescing of 100 ms see this moment
      await new Promise((later) => setTimeout(later, 110));
    }
    resolve();
    return { how: await running, lines };
  };

  it('tell a whole rollout in lines that no terminal obeys', async () => {
    const { how, lines } = await run('line', new StorySession({ pods: 2, maxUnavailable: '2' }, NOW));
    expect(how).toBe('done');
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
    expect(lines.filter((line) => line.includes('  Ready  '))).toHaveLength(2);
    expect(lines[0]).toMatch(/^12:03:41 {2}sts\/web {2}executing/);
    expect(lines.at(-1)).toMatch(/^ {2}a pod took \ds, the median of 2: /);
    expect(lines.at(-2)).toMatch(
      /^sts\/web complete: 2 pods at app 1\.9\.0 in \d+s \(slowest web-\d, \ds\)\. Strategy put back\.$/,
    );
  });

  it('write JSON that keeps its schema, each pod once per state, and an end', async () => {
    const { lines } = await run('jsonl', new StorySession({ pods: 2, maxUnavailable: '2' }, NOW));
    const parsed = lines.map((line) => jsonlSchema.parse(JSON.parse(line)));
    expect(parsed[0]).toMatchObject({
      kind: 'started',
      change: ['app 1.8.2 -> 1.9.0'],
      counts: { replicas: 2, old: 2 },
    });
    const states = parsed.flatMap((line) => (line.kind === 'pod' && line.pod === 'web-1' ? [line.state] : []));
    expect(states).toEqual(['going', 'starting', 'soaking', 'updated']);
    expect(parsed.at(-1)).toMatchObject({ kind: 'end', how: 'done', phase: 'Complete', counts: { updated: 2 } });
  });

  it('leave at once where they are told to, and give the next commands', async () => {
    const session = new StillSession(middle());
    const lines: string[] = [];
    const abort = new AbortController();
    const running = runLine({ session, write: (line) => lines.push(line), signal: abort.signal });
    abort.abort();
    expect(await running).toBe('interrupted');
    expect(lines).toContain('  go on:    kubectl bedrock resume sts/web -n payments --context prod-eu');
    expect(session.listeners).toBe(0);
  });

  it('beat while nothing happens', async () => {
    const lines: string[] = [];
    const abort = new AbortController();
    const { promise: beaten, resolve } = Promise.withResolvers<void>();
    const running = runJsonl({
      session: new StillSession(middle()),
      write: (line) => {
        lines.push(line);
        if (line.includes('"heartbeat"')) resolve();
      },
      signal: abort.signal,
      heartbeatMs: 20,
    });
    await beaten;
    abort.abort();
    await running;
    expect(jsonlSchema.parse(JSON.parse(lines.at(-1) ?? ''))).toMatchObject({ kind: 'end', how: 'interrupted' });
  });

  it('end by themselves with a rollout that has ended, where no executor is waited for', async () => {
    const session = new StillSession(live({ pods: [newPod(0)], status: { phase: 'Complete' } }));
    expect(await runLine({ session, write: () => undefined, signal: new AbortController().signal })).toBe('done');
  });

  it('reject with what their writer throws, and let go of the session', async () => {
    const session = new StillSession(middle());
    const broken = () => {
      throw new Error('EPIPE');
    };
    await expect(runLine({ session, write: broken, signal: new AbortController().signal })).rejects.toThrow('EPIPE');
    expect(session.listeners).toBe(0);
  });
});
