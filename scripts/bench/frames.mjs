// Loaded into a measured process by --import: watches its frames, its CPU and its memory for so long as BENCH_MS says,
// from a while after the first frame on, and leaves what it saw in the file BENCH_FRAMES. A frame is what happens from
// the begin of its view (src/ui/tui/use-view.ts) to the second turn of the event loop after it, in CPU time of the
// thread: other processes do not count, but whatever this one does in between does.
import { tracingChannel } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const { BENCH_FRAMES: file, BENCH_MS: forMs } = process.env;
const WARM_UP_MS = 10_000;

let views = [];
let frames = [];
let from = 0;
let begun = false;

tracingChannel('kubectl-bedrock:view').subscribe({
  start() {
    if (!begun) begin();
    from = cpuMs();
  },
  end() {
    const mine = from;
    views.push(cpuMs() - mine);
    // React makes the elements in the next turn, and Ink draws and writes them in the same
    setImmediate(() => setImmediate(() => frames.push(cpuMs() - mine)));
  },
});

function cpuMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function begin() {
  begun = true;
  setTimeout(() => {
    views = [];
    frames = [];
    const cpu = process.cpuUsage();
    const begunAt = performance.now();
    let most = 0;
    const sample = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 250);
    setTimeout(() => {
      clearInterval(sample);
      const { user, system } = process.cpuUsage(cpu);
      const ms = performance.now() - begunAt;
      writeFileSync(file, JSON.stringify({ frames, views, ms, cpuMs: (user + system) / 1000, rssBytes: most }));
    }, Number(forMs));
  }, WARM_UP_MS);
}
