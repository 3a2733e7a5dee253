// Loaded into a measured process by --import: watches its frames (src/ui/tui/frame-work.ts), its CPU and its memory for
// so long as BENCH_MS says, from a while after the first frame on, and leaves what it saw in the file BENCH_FRAMES.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const { BENCH_FRAMES: file, BENCH_MS: forMs } = process.env;
const WARM_UP_MS = 10_000;

let work = 0;
let frames = [];
let parts = {};
let begun = false;

subscribe('kubectl-bedrock:frame', ({ part, ms }) => {
  if (!begun) begin();
  work += ms;
  parts[part] = (parts[part] ?? 0) + ms;
  if (part !== 'text') return;
  frames.push(work);
  work = 0;
});

function begin() {
  begun = true;
  setTimeout(() => {
    frames = [];
    parts = {};
    const cpu = process.cpuUsage();
    const from = performance.now();
    let most = 0;
    const sample = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 250);
    setTimeout(() => {
      clearInterval(sample);
      const { user, system } = process.cpuUsage(cpu);
      const ms = performance.now() - from;
      writeFileSync(file, JSON.stringify({ frames, parts, ms, cpuMs: (user + system) / 1000, rssBytes: most }));
    }, Number(forMs));
  }, WARM_UP_MS);
}
