import type { Outside, OutsideAnswer, OutsideRequest, Timer } from '../../src/gates/outside.ts';

export interface FakeInstance {
  id: string;
  node: string;
  address: string;
  meta?: Record<string, string>;
  /** Default passing. */
  health?: 'passing' | 'warning' | 'critical';
}

/** What it answers instead of the truth. */
export interface Ailment {
  /** "500: No cluster leader" */
  refuses?: { status: number; text: string };
  headers?: Record<string, string>;
  /** Takes calls, and never answers. */
  silent?: boolean;
  /** Cannot be reached. */
  gone?: boolean;
}

/** Consul's health endpoint with its blocking queries, in whatever time the timer keeps. */
export class FakeConsul implements Outside {
  readonly env: Record<string, string> = { CONSUL_HTTP_ADDR: 'consul:8500', CONSUL_HTTP_TOKEN: 'consul-secret' };
  /** Of every call: path, query and headers. */
  readonly calls: { url: URL; headers: Readonly<Record<string, string>> }[] = [];
  ailment: Ailment = {};
  /** Of other addresses than Consul's. */
  others: (request: OutsideRequest) => Promise<OutsideAnswer> = () => Promise.reject(new Error('nobody is there'));
  #services = new Map<string, Map<string, FakeInstance>>();
  #index = 10;
  #waiting = new Set<() => void>();

  constructor(private readonly timer: Timer) {}

  register(service: string, instance: FakeInstance): void {
    const instances = this.#services.get(service) ?? new Map<string, FakeInstance>();
    instances.set(instance.id, instance);
    this.#services.set(service, instances);
    this.touch();
  }

  deregister(service: string, id: string): void {
    this.#services.get(service)?.delete(id);
    this.touch();
  }

  instances(service: string): FakeInstance[] {
    return [...(this.#services.get(service)?.values() ?? [])];
  }

  /** Something has changed: blocking queries are answered. */
  touch(): void {
    this.#index++;
    for (const wake of [...this.#waiting]) wake();
  }

  async call(request: OutsideRequest): Promise<OutsideAnswer> {
    const url = new URL(request.url);
    if (url.host !== 'consul:8500') return this.others(request);
    this.calls.push({ url, headers: request.headers ?? {} });
    if (this.ailment.gone === true) throw new Error('connect ECONNREFUSED consul:8500');
    if (this.#silent()) return new Promise(() => {});
    const asked = Number(url.searchParams.get('index') ?? 0);
    if (asked >= this.#index) await this.#change(Number.parseInt(url.searchParams.get('wait') ?? '0', 10));
    if (this.#silent()) return new Promise(() => {});
    if (this.ailment.refuses !== undefined) return answer(this.ailment.refuses.status, {}, this.ailment.refuses.text);
    const service = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const headers = {
      'x-consul-index': String(this.#index),
      'x-consul-knownleader': 'true',
      'x-consul-lastcontact': '0',
      ...this.ailment.headers,
    };
    return answer(200, headers, JSON.stringify(this.instances(service).map((each) => entry(service, each))));
  }

  readFile(path: string): Promise<string> {
    return Promise.reject(new Error(`ENOENT: ${path}`));
  }

  close(): void {}

  #silent(): boolean {
    return this.ailment.silent === true;
  }

  #change(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.timer.after(waitMs, wake);
      this.#waiting.add(wake);
    });
  }
}

export function answer(status: number, headers: Record<string, string>, text: string): OutsideAnswer {
  return { status, header: (name) => headers[name.toLowerCase()] ?? null, text };
}

function entry(service: string, { id, node, address, meta, health = 'passing' }: FakeInstance) {
  return {
    Node: { Node: node, Address: '10.255.0.1' },
    Service: { ID: id, Service: service, Address: address, Port: 80, Meta: meta ?? null },
    Checks: [
      { Name: 'Serf Health Status', Status: 'passing', Output: 'Agent alive and reachable' },
      { Name: 'http', Status: health, Output: health === 'passing' ? '' : 'connection refused' },
    ],
  };
}
