import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Slack's end of Socket Mode: greets, sends envelopes, and keeps what is acknowledged. Short text frames only. */
export class SocketServer implements AsyncDisposable {
  readonly acknowledged: string[] = [];
  connections = 0;
  #socket: Socket | null = null;
  #envelopes = 0;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    /** What apps.connections.open answers. */
    readonly url: string,
  ) {}

  static async start(): Promise<SocketServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sockets = new SocketServer(server, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link`);
    server.on('upgrade', (request, socket) =>
      sockets.#accept(request.headers['sec-websocket-key'] ?? '', socket as Socket),
    );
    return sockets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Somebody clicks. */
  press(user: { id: string; name: string }, action_id: string, value: string): void {
    const payload = { type: 'block_actions', user, channel: { id: 'C0DEPLOYS' }, actions: [{ action_id, value }] };
    const envelope_id = `e${++this.#envelopes}`;
    this.#send({ type: 'interactive', envelope_id, payload, accepts_response_payload: false });
  }

  /** As Slack does every few hours. */
  recycle(): void {
    this.#send({ type: 'disconnect', reason: 'refresh_requested' });
  }

  #accept(key: string, socket: Socket): void {
    this.connections++;
    this.#socket = socket;
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => this.#read(socket, data));
    this.#send({ type: 'hello', num_connections: 1 });
  }

  #read(socket: Socket, data: Buffer): void {
    for (let rest = data; rest.length >= 2; ) {
      const opcode = (rest[0] ?? 0) & 0x0f;
      const short = (rest[1] ?? 0) & 0x7f;
      const [length, head] = short === 126 ? [rest.readUInt16BE(2), 4] : [short, 2];
      const mask = rest.subarray(head, head + 4);
      const body = rest.subarray(head + 4, head + 4 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
      rest = rest.subarray(head + 4 + length);
      if (opcode === 1) this.acknowledged.push(JSON.parse(Buffer.from(body).toString()).envelope_id);
      if (opcode === 8) socket.end(frame(8, Buffer.from(body)));
      if (opcode === 9) socket.write(frame(10, Buffer.from(body)));
    }
  }

  #send(message: unknown): void {
    this.#socket?.write(frame(1, Buffer.from(JSON.stringify(message))));
  }
}

function frame(opcode: number, body: Buffer): Buffer {
  const head = body.length < 126 ? Buffer.from([0x80 | opcode, body.length]) : Buffer.alloc(4);
  if (body.length >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  }
  return Buffer.concat([head, body]);
}
