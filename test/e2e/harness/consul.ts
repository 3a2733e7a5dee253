import { Daemon, programOf } from './daemon.ts';
import { freePorts } from './ports.ts';
import { eventually } from './wait.ts';

/** A real Consul: one agent that is its own server. */
export class Consul {
  private constructor(
    readonly daemon: Daemon,
    /** host:port of its HTTP API. */
    readonly address: string,
  ) {}

  static async start(program: string): Promise<Consul> {
    const [http = 0, serf = 0, wan = 0, server = 0] = await freePorts(4);
    const ports = ['-http-port', http, '-serf-lan-port', serf, '-serf-wan-port', wan, '-server-port', server];
    const off = ['-dns-port', -1, '-grpc-port', -1, '-https-port', -1];
    const daemon = await Daemon.start(program, async () =>
      ['agent', '-dev', '-bind', '127.0.0.1', '-log-level', 'warn', ...ports, ...off].map(String),
    );
    const consul = new Consul(daemon, `127.0.0.1:${http}`);
    await eventually('Consul has a leader', async () => {
      const answer = await fetch(`http://${consul.address}/v1/status/leader`);
      return answer.ok && (await answer.text()).includes(':');
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${daemon.log}`);
    });
    return consul;
  }

  /** With a check of its own, which says what we say. */
  async register(service: string, id: string, address: string, status: 'passing' | 'critical'): Promise<void> {
    const Check = { CheckID: `check-${id}`, Name: 'alive', TTL: '1h', Status: status };
    await this.#put('agent/service/register', { Name: service, ID: id, Address: address, Port: 80, Check });
  }

  async check(id: string, status: 'pass' | 'warn' | 'fail'): Promise<void> {
    await this.#put(`agent/check/${status}/check-${id}`);
  }

  async deregister(id: string): Promise<void> {
    await this.#put(`agent/service/deregister/${id}`);
  }

  async #put(path: string, body?: object): Promise<void> {
    const answer = await fetch(`http://${this.address}/v1/${path}`, {
      method: 'PUT',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`Consul: ${path}: ${answer.status} ${await answer.text()}`);
  }
}

export function consulProgram(): Promise<string> {
  return programOf('consul', 'bullseye');
}
