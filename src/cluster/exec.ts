import { type Dispatcher, WebSocket } from 'undici';
import { isObject, type Json } from '../rollout/json.ts';
import { ConnectionError, type ExecRequest, type ExecResult } from './api.ts';
import { listAt, objectAt, textAt } from './fields.ts';

/** k8s.io/apimachinery/pkg/util/remotecommand: v5 adds only the end of standard input, of which we send none. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** The first byte of each message. */
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;

/** A command that prints without end must not fill our memory. */
const OUTPUT_KEPT = 16 * 1024;

/** The server would not open a WebSocket; what it said instead nobody tells. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

export function execPath({ namespace, pod, container, command }: ExecRequest): string {
  const query = new URLSearchParams([
    ...command.map((word) => ['command', word]),
    ...(container === undefined ? [] : [['container', container]]),
    ['stdout', 'true'],
    ['stderr', 'true'],
  ]);
  return `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
}

/**
 * Runs a command over one WebSocket.
 * @throws HandshakeError where none was opened; ConnectionError where it ended before the exit status
 */
export function execOver(
  url: string,
  options: { dispatcher: Dispatcher; headers: Record<string, string | string[]>; signal: AbortSignal },
): Promise<ExecResult> {
  const { dispatcher, headers, signal } = options;
  return new Promise((resolve, reject) => {
    const flat = Object.entries(headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, one]),
    );
    const socket = new WebSocket(url, { protocols: PROTOCOLS, dispatcher, headers: flat });
    socket.binaryType = 'arraybuffer';
    const output = new Tail(OUTPUT_KEPT);
    let opened = false;
    const end = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      finish();
      // an end without a status is an error of its own, that nobody needs
      socket.close();
    };
    const onAbort = () => end(() => reject(new ConnectionError('the call was called off')));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    socket.addEventListener('open', () => {
      opened = true;
    });
    socket.addEventListener('message', ({ data }) => {
      const bytes = new Uint8Array(data instanceof ArrayBuffer ? data : new ArrayBuffer(0));
      const channel = bytes[0];
      if (channel === STDOUT || channel === STDERR) output.push(bytes.subarray(1));
      if (channel !== ERROR) return;
      const exitCode = exitCodeOf(Buffer.from(bytes.subarray(1)).toString('utf8'));
      end(() => {
        if (typeof exitCode === 'number') resolve({ exitCode, output: output.text() });
        else reject(new ConnectionError(exitCode));
      });
    });
    const onBroken = () => {
      end(() =>
        reject(
          opened
            ? new ConnectionError('the connection ended before the command did')
            : new HandshakeError('the server opened no connection for the command'),
        ),
      );
    };
    socket.addEventListener('error', onBroken);
    socket.addEventListener('close', onBroken);
  });
}

/** The exit code that a Status tells; or, in words, that there is none. */
export function exitCodeOf(text: string): number | string {
  let status: Json;
  try {
    status = JSON.parse(text) as Json;
  } catch {
    return 'the end of the command is not understood';
  }
  if (!isObject(status)) return 'the end of the command is not understood';
  if (status.status === 'Success') return 0;
  const cause = listAt(objectAt(status, 'details'), 'causes').find((each) => textAt(each, 'reason') === 'ExitCode');
  const code = Number(textAt(cause, 'message'));
  if (cause !== undefined && Number.isInteger(code)) return code;
  // a kubelet that does not tell the code apart still writes it: "command terminated with exit code 3"
  const message = textAt(status, 'message');
  const written = /exit (?:code|status):? (\d+)/.exec(message);
  return written === null ? message || 'the command could not be run' : Number(written[1]);
}

/** The last bytes of a stream. */
class Tail {
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(private readonly most: number) {}

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      const first = this.#chunks[0];
      if (first === undefined || this.#length - first.length < this.most) return;
      this.#chunks.shift();
      this.#length -= first.length;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.most).toString('utf8');
  }
}
