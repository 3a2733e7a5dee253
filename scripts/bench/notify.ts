import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSets, type DemoCluster, openCluster } from '../../src/commands/demo/cluster.ts';
import type { DemoSet } from '../../src/commands/demo/scenarios.ts';
import { isObject } from '../../src/rollout/json.ts';
import { ANNOTATIONS } from '../../src/rollout/record.ts';
import type { Benchmark } from './benchmark.ts';
import { median } from './median.ts';
import { measured } from './usage.ts';

const PODS = 30;
const RUNS = 5;

/** Pods that take half a second each way, five at once: a rollout in which every second of waiting would show. */
const SET: DemoSet = {
  name: 'web',
  policy: 'Parallel',
  from: 'registry.example/web:0',
  to: '',
  kubelet: { start: '500ms', stop: '200ms' },
  flags: ['--max-unavailable', '5', '--min-ready', '0s', '--yes', '-o', 'line'],
};

/** How Slack and the receiver are once the rollout runs; the message before it was posted in all of them. */
const MODES = ['nobody told', 'answering', 'slow: 5 s', 'silent', 'dead'] as const;
type Mode = (typeof MODES)[number];

/** Calls to Slack that belong to the start: auth.test for the plan, and auth.test and the message after it. */
const CALLS_BEFORE = 3;

/** The same rollout with all who are to be told well, slow, silent and dead: in turn, so that all share the machine's moods. */
export const notify: Benchmark = {
  what: `a rollout of ${PODS} pods, 5 at once, told to Slack and a call-back receiver in each state, ${RUNS} times in turn`,
  async run({ pods: asked }) {
    const pods = asked ?? PODS;
    await using cluster = await openCluster('1.37');
    await createSets(cluster, [SET], pods, new AbortController().signal);
    const times = new Map<Mode, Times[]>(MODES.map((mode) => [mode, []]));
    for (let run = 0; run < RUNS; run++) {
      for (const [index, mode] of MODES.entries()) {
        times.get(mode)?.push(await once(cluster, mode, run * MODES.length + index + 1));
      }
    }
    const base = times.get('nobody told') ?? [];
    return {
      rows: [
        ['', 'rollout', 'ratio', 'whole command', 'owed at its end'],
        ...MODES.map((mode) => row(mode, times.get(mode) ?? [], base)),
      ],
      notes: ['medians; the ratio is the median of the paired ones, with their spread'],
    };
  },
};

interface Times {
  /** From the record's startedAt to its endedAt, in milliseconds. */
  rolloutMs: number;
  commandMs: number;
  owed: number;
}

async function once(cluster: DemoCluster, mode: Mode, version: number): Promise<Times> {
  await using world = await Listeners.start(mode);
  const flags = mode === 'nobody told' ? [] : ['--slack-channel', '#deploys', '--callback-url', `${world.url}hook`];
  const words = ['rollout', 'sts/web', '--image', `app=registry.example/web:${version}`, ...SET.flags, ...flags];
  const startedAt = performance.now();
  await measured([...words, '--kubeconfig', cluster.kubeconfig], {
    SLACK_BOT_TOKEN: 'xoxb-bench',
    SLACK_API_URL: `${world.url}api/`,
    BEDROCK_CALLBACK_SECRET: 'bench',
  });
  const commandMs = performance.now() - startedAt;
  const { annotations } = cluster.simulator.set('web').metadata;
  const status = JSON.parse(String(isObject(annotations) ? annotations[ANNOTATIONS.status] : '{}'));
  const rolloutMs = Date.parse(status.endedAt) - Date.parse(status.startedAt);
  return { rolloutMs, commandMs, owed: status.notifications?.owed.length ?? 0 };
}

/** Slack and the receiver in one server. */
class Listeners implements AsyncDisposable {
  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly url: string,
  ) {}

  static async start(mode: Mode): Promise<Listeners> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let calls = 0;
    server.on('request', (request, response) => {
      const well = request.url?.startsWith('/api/') === true && ++calls <= CALLS_BEFORE;
      const answer = () => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ok: true, user: 'bedrock', team: 'Bench', channel: 'C0', ts: '1.000100' }));
      };
      request.resume();
      if (well || mode === 'answering') answer();
      else if (mode === 'slow: 5 s') setTimeout(answer, 5_000).unref();
      else if (mode === 'dead') request.socket.resetAndDestroy();
    });
    return new Listeners(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function row(mode: Mode, times: readonly Times[], base: readonly Times[]): string[] {
  const seconds = (values: readonly number[]) => `${(median(values) / 1000).toFixed(2)} s`;
  const ratios = times.map(({ rolloutMs }, index) => rolloutMs / (base[index]?.rolloutMs ?? Number.NaN));
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return [
    mode,
    seconds(times.map(({ rolloutMs }) => rolloutMs)),
    `${median(ratios).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
    seconds(times.map(({ commandMs }) => commandMs)),
    String(median(times.map(({ owed }) => owed))),
  ];
}
