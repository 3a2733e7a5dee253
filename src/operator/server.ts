import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

/** What the probes are told. */
export interface Health {
  /** Why the work cannot be done now; null where it can. */
  readonly trouble: string | null;
}

/**
 * Serves /metrics, /healthz (the process answers) and /readyz (503 with the reason, while the API server cannot be
 * watched). Resolves once it listens.
 * @throws where the address cannot be had
 */
export async function serveHealth(
  address: { host: string; port: number },
  registry: Registry,
  health: Health,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(code, { 'content-type': type }).end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET\n');
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answer(200, 'ok\n');
      case '/readyz': {
        const { trouble } = health;
        return trouble === null ? answer(200, 'ok\n') : answer(503, `${trouble}\n`);
      }
      case '/metrics':
        registry.metrics().then(
          (text) => answer(200, text, registry.contentType),
          () => answer(500, 'the metrics cannot be gathered\n'),
        );
        return;
      default:
        return answer(404, 'there are /metrics, /healthz and /readyz\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return { port: portOf(server), close: () => closed(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
