import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { endAfterTest } from './clean-up.ts';
import { Daemon, programOf } from './daemon.ts';
import { freePorts } from './ports.ts';
import { eventually } from './wait.ts';

/** A real Prometheus, and what it scrapes each second: numbers that the test sets. */
export class Prometheus {
  private constructor(
    readonly daemon: Daemon,
    readonly url: string,
    /** Sample to value: 'errors{pod="web-0"}'. Scraped from the next second on; what is not there any more goes stale. */
    readonly samples: Map<string, number>,
  ) {}

  static async start(program: string): Promise<Prometheus> {
    const samples = new Map<string, number>();
    const target = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/plain; version=0.0.4');
      answer.end([...samples].map(([sample, value]) => `${sample} ${value}\n`).join(''));
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    endAfterTest(async () => {
      target.closeAllConnections();
      target.close();
    });
    const { port } = target.address() as AddressInfo;
    const [http = 0] = await freePorts(1);
    const daemon = await Daemon.start(program, async (folder) => {
      const config = join(folder, 'prometheus.yml');
      await writeFile(
        config,
        JSON.stringify({
          global: { scrape_interval: '1s' },
          scrape_configs: [{ job_name: 'pods', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
        }),
      );
      return [`--config.file=${config}`, `--storage.tsdb.path=${folder}`, `--web.listen-address=127.0.0.1:${http}`];
    });
    const url = `http://127.0.0.1:${http}`;
    await eventually('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${daemon.log}`);
    });
    return new Prometheus(daemon, url, samples);
  }
}

export function prometheusProgram(): Promise<string> {
  return programOf('prometheus', 'bookworm');
}
