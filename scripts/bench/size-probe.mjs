// Loaded into a measured process by --import: how much memory and CPU it has used and how many bytes it has read when its
// first frame is there (BENCH_PODS pods are on it) and after BENCH_MS more, in the file BENCH_FILE. Started with
// --expose-gc: what lives then is known, and what was garbage does not count as growth.
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const { BENCH_FILE: file, BENCH_MS: forMs } = process.env;
let readBytes = 0;
let listBytes = 0;
let shown = false;

// undici tells of each chunk as it comes from the wire, compressed or not
subscribe('undici:request:bodyChunkReceived', ({ chunk }) => {
  readBytes += chunk.length;
});

tracingChannel('kubectl-bedrock:view').subscribe({
  end() {
    if (shown) return;
    shown = true;
    listBytes = readBytes;
    const frameMs = performance.now();
    const rssBytes = process.memoryUsage.rss();
    const { user, system } = process.cpuUsage();
    setTimeout(() => rest({ frameMs, frameCpuMs: (user + system) / 1000, rssBytes }), 10_000);
  },
});

function living() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function rest(first) {
  const before = living();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let most = first.rssBytes;
  const sample = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 250);
  setTimeout(() => {
    clearInterval(sample);
    const { user, system } = process.cpuUsage(cpu);
    const ms = performance.now() - startedAt;
    const watchBytes = readBytes - listBytes;
    const cpuMs = (user + system) / 1000;
    const grownBytes = living() - before;
    writeFileSync(
      file,
      JSON.stringify({ ...first, listBytes, most, ms, cpuMs, watchBytes, livingBytes: before, grownBytes }),
    );
  }, Number(forMs));
}
