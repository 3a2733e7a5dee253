// Loaded into a measured process by --import: watches its frames, its CPU and its memory for so long as BENCH_MS says,
// from a while after the first frame on, and leaves what it saw in the file BENCH_FILE. A frame is its view
// (src/ui/tui/use-view.ts), React's work for it, and Ink's: each runs in one turn of the event loop, and only those turns
// count, in CPU time of the thread. What else the process does in between (the watch, the executor's looks) is no frame.
import { tracingChannel } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const { BENCH_FILE: file, BENCH_MS: forMs } = process.env;
const WARM_UP_MS = 10_000;

let views = [];
let frames = [];
/** The frame of now; what is drawn before the first view is of none. */
let frame = null;
let depth = 0;
let begun = false;

// React's scheduler takes its turns by setImmediate, in a function of this name; Ink puts a frame that comes too soon
// after the last one off by setTimeout, from within such a turn
const REACT = 'performWorkUntilDeadline';
const { setImmediate: immediately, setTimeout: later } = globalThis;
globalThis.setImmediate = (run, ...args) => immediately(depth > 0 || run.name === REACT ? ofFrame(run) : run, ...args);
globalThis.setTimeout = Object.assign(
  (run, ...args) => later(depth > 0 && typeof run === 'function' ? ofFrame(run) : run, ...args),
  later,
);

function ofFrame(run) {
  return (...args) => {
    if (depth > 0) return run(...args);
    const from = cpuMs();
    depth++;
    try {
      return run(...args);
    } finally {
      depth--;
      if (frame !== null) frame.ms += cpuMs() - from;
    }
  };
}

let viewFrom = 0;
tracingChannel('kubectl-bedrock:view').subscribe({
  start() {
    if (!begun) begin();
    if (frame !== null) frames.push(frame.ms);
    viewFrom = cpuMs();
  },
  end() {
    const ms = cpuMs() - viewFrom;
    views.push(ms);
    frame = { ms };
  },
});

function cpuMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function begin() {
  begun = true;
  later(() => {
    views = [];
    frames = [];
    const cpu = process.cpuUsage();
    const begunAt = performance.now();
    let most = 0;
    const sample = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 250);
    later(() => {
      clearInterval(sample);
      const { user, system } = process.cpuUsage(cpu);
      const ms = performance.now() - begunAt;
      writeFileSync(file, JSON.stringify({ frames, views, ms, cpuMs: (user + system) / 1000, rssBytes: most }));
    }, Number(forMs));
  }, WARM_UP_MS);
}
