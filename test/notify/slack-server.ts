import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call as it came. */
export interface SlackCall {
  method: string;
  token: string;
  fields: Record<string, string>;
}

/** What Slack's Web API may answer: a body, an HTTP status, or nothing for `hangMs`. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; hangMs?: number };

/** A server that answers as https://slack.com/api/ does, with a script of faults. */
export class SlackServer implements AsyncDisposable {
  readonly calls: SlackCall[] = [];
  /** Says what a call is answered instead of success; null for success. `number` counts calls from 1. */
  script: (call: SlackCall, number: number) => Answer | null = () => null;
  #posted = 0;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly url: string,
  ) {}

  static async start(): Promise<SlackServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const slack = new SlackServer(server, `http://127.0.0.1:${port}/api/`);
    server.on('request', (request, response) => void slack.#answer(request, response));
    return slack;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Of one method, in order. */
  of(method: string): SlackCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const call: SlackCall = {
      method: (request.url ?? '').split('/').at(-1) ?? '',
      token: (request.headers.authorization ?? '').replace('Bearer ', ''),
      fields: Object.fromEntries(new URLSearchParams(text)),
    };
    this.calls.push(call);
    const scripted = this.script(call, this.calls.length);
    if (scripted?.hangMs !== undefined) {
      const timer = setTimeout(() => response.destroy(), scripted.hangMs);
      response.on('close', () => clearTimeout(timer));
      return;
    }
    const { status = 200, headers = {}, body = scripted === null ? this.#success(call) : '' } = scripted ?? {};
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #success({ method, fields }: SlackCall): Record<string, unknown> {
    switch (method) {
      case 'auth.test':
        return { ok: true, user: 'bedrock', team: 'Acme', user_id: 'U0BOT', team_id: 'T0ACME' };
      case 'chat.postMessage': {
        this.#posted++;
        return { ok: true, channel: 'C0DEPLOYS', ts: `1700000000.00000${this.#posted}`, message: {} };
      }
      case 'chat.update':
        return { ok: true, channel: fields.channel, ts: fields.ts, text: fields.text };
      default:
        return { ok: true };
    }
  }
}

export const refusal = (error: string): Answer => ({ body: { ok: false, error } });
