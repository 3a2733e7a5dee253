import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call-back as it came. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A receiver of call-backs in real time; `answer` says what it answers, or null for nothing at all. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: (call: Received) => { status: number; headers?: Record<string, string> } | null = () => ({ status: 204 });

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const call = { path: request.url ?? '', headers: request.headers, text };
      receiver.received.push(call);
      const answer = receiver.answer(call);
      if (answer === null) return;
      response.writeHead(answer.status, answer.headers);
      response.end();
    });
    return receiver;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
