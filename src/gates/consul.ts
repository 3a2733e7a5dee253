import { z } from 'zod';
import type { ServiceDiscovery } from '../rollout/gate-spec.ts';
import { plainText } from '../rollout/plain-text.ts';
import { type ConsulAddress, consulAddress } from './consul-address.ts';
import { type Outside, pause, type Timer, within } from './outside.ts';

/** One instance of a service, as Consul has it. */
export interface Instance {
  id: string;
  /** Of the node that it is registered on. */
  node: string;
  /** Its own, or its node's where it has none. */
  address: string;
  meta: Readonly<Record<string, string>>;
  /** The worst of its checks and its node's: `passing`, `warning`, `critical`. */
  health: string;
  /** The check that is not passing, in its own words; '' where there is none. */
  output: string;
}

/** What is known of one service now. */
export type ServiceAnswer = { instances: readonly Instance[] } | { unknown: string };

/** Consul answers a blocking query after this, at the latest, and a sixteenth more (hashicorp/consul: blocking queries). */
const WAIT_MS = 10_000;
const GRACE_MS = 3_000;
/** A query that does not block. */
const FIRST_MS = 5_000;
/** A reading that a server which lost its leader gives may be as old as it likes (hashicorp/consul#11912). */
const STALE_MS = 5_000;
/** Between two queries, however much changes. */
const GAP_MS = 200;
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;

/** Watches one service by blocking queries, each with the index of the last answer. */
export class ConsulWatch {
  readonly #stopped = new AbortController();
  #answer: ServiceAnswer;

  constructor(
    private readonly timer: Timer,
    private readonly outside: Outside,
    private readonly spec: Pick<ServiceDiscovery, 'dc' | 'namespace'>,
    readonly service: string,
    private readonly changed: () => void,
  ) {
    this.#answer = { unknown: `Consul has not answered yet (service ${service})` };
    void this.#run();
  }

  answer(): ServiceAnswer {
    return this.#answer;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let index = 0;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const asked = await askConsul(this.timer, this.outside, this.spec, this.service, index, signal);
        if (signal.aborted) return;
        failures = 0;
        // an index that goes back, or none: begin anew (hashicorp/consul: blocking queries, "implementation details")
        index = asked.index < index ? 0 : asked.index;
        this.#tell({ instances: asked.instances });
        await pause(this.timer, GAP_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        index = 0;
        this.#tell({ unknown: `Consul (service ${this.service}): ${wordsOf(error)}` });
        await pause(this.timer, Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** failures), signal);
        failures++;
      }
    }
  }

  #tell(answer: ServiceAnswer): void {
    this.#answer = answer;
    this.changed();
  }
}

/**
 * One query. @param index of the last answer; 0 does not block
 * @throws Error, in words for people, where Consul does not answer, or with what it cannot vouch for
 */
export async function askConsul(
  timer: Timer,
  outside: Outside,
  spec: Pick<ServiceDiscovery, 'dc' | 'namespace'>,
  service: string,
  index: number,
  stopped: AbortSignal,
): Promise<{ instances: Instance[]; index: number }> {
  const address: ConsulAddress = await consulAddress(outside);
  const namespace = spec.namespace ?? outside.env.CONSUL_NAMESPACE;
  const query = new URLSearchParams([
    ...(spec.dc === undefined ? [] : [['dc', spec.dc]]),
    ...(namespace ? [['ns', namespace]] : []),
    ...(index > 0
      ? [
          ['index', String(index)],
          ['wait', `${WAIT_MS}ms`],
        ]
      : []),
  ]).toString();
  const url = `${address.base}/v1/health/service/${encodeURIComponent(service)}${query === '' ? '' : `?${query}`}`;
  const limit = index > 0 ? WAIT_MS + WAIT_MS / 16 + GRACE_MS : FIRST_MS;
  const { headers, tls } = address;
  const answer = await within(timer, limit, stopped, (signal) =>
    outside.call({ method: 'GET', url, headers, tls, signal }),
  );
  if (answer.status !== 200) throw new Error(refusal(answer.status, answer.text));
  if (answer.header('x-consul-knownleader') === 'false') throw new Error('it knows of no leader');
  const lastContact = Number(answer.header('x-consul-lastcontact') ?? 0);
  if (lastContact > STALE_MS) throw new Error(`its answer is ${Math.round(lastContact / 1000)}s old`);
  return { instances: instancesOf(answer.text), index: indexOf(answer.header('x-consul-index')) };
}

function refusal(status: number, text: string): string {
  const words = plainText(text).slice(0, 200);
  if (status === 403) return `403: the token may not read it${words === '' ? '' : `: ${words}`} (CONSUL_HTTP_TOKEN)`;
  return words === '' ? `it answers ${status}` : `${status}: ${words}`;
}

function indexOf(header: string | null): number {
  const index = Number(header);
  return Number.isInteger(index) && index > 0 ? index : 0;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const healthShape = z.array(
  z.object({
    Node: z.object({ Node: text, Address: text }),
    Service: z.object({
      ID: text,
      Address: text,
      Meta: z
        .record(z.string(), z.string())
        .nullish()
        .transform((value) => value ?? {}),
    }),
    Checks: z
      .array(z.object({ Name: text, Status: text, Output: text }))
      .nullish()
      .transform((value) => value ?? []),
  }),
);

const SEVERITY = ['passing', 'warning', 'critical'];

/** @throws Error where it is no list of instances */
function instancesOf(body: string): Instance[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Error('its answer is no JSON');
  }
  const parsed = healthShape.safeParse(json);
  if (!parsed.success) throw new Error('its answer is no list of instances');
  return parsed.data.map(({ Node, Service, Checks }) => {
    const severity = (status: string) => Math.max(SEVERITY.indexOf(status), status === 'passing' ? 0 : 1);
    const worst = Checks.reduce<(typeof Checks)[number] | null>(
      (found, check) => (severity(check.Status) > (found === null ? 0 : severity(found.Status)) ? check : found),
      null,
    );
    const said = worst === null ? '' : [worst.Name, plainText(worst.Output).slice(0, 80)].filter(Boolean).join(': ');
    return {
      id: Service.ID,
      node: Node.Node,
      address: Service.Address || Node.Address,
      meta: Service.Meta,
      health: worst?.Status ?? 'passing',
      output: said,
    };
  });
}

function wordsOf(error: unknown): string {
  return plainText(error instanceof Error ? error.message : String(error));
}
