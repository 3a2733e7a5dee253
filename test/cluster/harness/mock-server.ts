import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { HttpApi, type HttpTarget } from '../../../src/cluster/http-api.ts';
import { makeCertificate } from './certificate.ts';

export type Handler = (request: IncomingMessage & { url: string }, response: ServerResponse, body: string) => void;

const certificate = makeCertificate();

/** An HTTPS server that answers as its handler says, down to the bytes on the wire; counts connections and requests. */
export class MockServer {
  connections = 0;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  handler: Handler = (_request, response) => json(response, 200, {});
  readonly certificate = certificate;
  #server: Server;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = this.#make();
  }

  #make(): Server {
    const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const url = request.url ?? '';
        this.requests.push({ method: request.method ?? '', url, headers: request.headers, body });
        this.handler(Object.assign(request, { url }), response, body);
      });
    });
    server.on('secureConnection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Refuses connections from now on, and cuts those that are open. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  /** On the same port again. */
  async restart(): Promise<void> {
    this.#server = this.#make();
    await this.start();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  api(target: Partial<HttpTarget> = {}, timeoutMs: number | null = null): HttpApi {
    return new HttpApi(
      {
        server: this.url,
        proxyUrl: null,
        tlsServerName: null,
        skipVerify: false,
        impersonate: { user: null, groups: [], uid: null },
        credentials: {
          read: async () => ({ headers: {}, tls: { ca: certificate.cert, cert: undefined, key: undefined } }),
          renew: () => {},
        },
        ...target,
      },
      { timeoutMs },
    );
  }
}

export function json(
  response: ServerResponse,
  code: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

export function status(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Waits until `seen` is true, asking often; fails after 10 s. */
export async function until(what: string, seen: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!seen()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
