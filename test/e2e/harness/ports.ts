import { createServer } from 'node:net';

/**
 * Ports of 127.0.0.1 on which nobody listens now. Taken below the range that systems hand out to outgoing connections
 * (32768 and up on Linux): a part that is killed and started again finds its port still free.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 1000) throw new Error('no free ports between 20000 and 32767');
    const port = 20000 + Math.floor(Math.random() * 12768);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
