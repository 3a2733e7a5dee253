import type { Connected, ConnectFlags } from '../cluster/connection.ts';
import type { Host } from './host.ts';

/** Pins context, server and namespace for one command, and lets the connection go at its end. */
export async function withConnection<T>(
  host: Pick<Host, 'connect'>,
  flags: ConnectFlags,
  use: (connected: Connected) => Promise<T>,
): Promise<T> {
  const connected = await host.connect(flags);
  try {
    return await use(connected);
  } finally {
    await connected.close();
  }
}
