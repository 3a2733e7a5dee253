import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { RealClock } from './clock.ts';
import { HttpHandler } from './http-handler.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';

export interface Served extends AsyncDisposable {
  simulator: Simulator;
  /** The text of a kubeconfig; write it to a file that only its user can read. */
  kubeconfig: string;
  /** https://127.0.0.1:PORT */
  url: string;
  close(): Promise<void>;
}

/** Writes and dead pods that the history of a served simulator keeps. */
const KEPT_WRITES = 20_000;

/**
 * Serves a simulated cluster in real time on 127.0.0.1 (a free port, where none is given).
 * @throws the error of listen(), where the port is taken
 */
export async function serve(options: Omit<SimulatorOptions, 'clock'> & { port?: number }): Promise<Served> {
  const clock = new RealClock();
  const simulator = new Simulator({ allEvents: true, ...options, clock });
  simulator.history.limit = KEPT_WRITES;
  // Loaded here: runs in virtual time need no certificate.
  const { createCredentials, kubeconfigOf } = await import('./credentials.ts');
  const credentials = await createCredentials();
  const handler = new HttpHandler(simulator.server, credentials.token);
  const server = createServer({ key: credentials.key, cert: credentials.certificate }, (request, response) => {
    void handler.answer(request, response);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    handler.endWatches();
    clock.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { simulator, kubeconfig: kubeconfigOf(url, credentials), url, close, [Symbol.asyncDispose]: close };
}
