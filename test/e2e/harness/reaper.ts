/**
 * Outlives the tests by a moment: when their process is gone, however it ended, this one ends what they started.
 *
 *     node reaper.ts FOLDER, its standard input a pipe that the tests hold open
 *
 * Parts leave their pid in FOLDER/NAME.pid and carry FOLDER in their arguments. A test that ended in good order has
 * removed the folder, and there is nothing to do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.argv[2] ?? '';

function left(): number[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.pid'));
  return files.map((name) => Number(readFileSync(join(folder, name), 'utf8'))).filter(isOurs);
}

/** The pid may have been given to somebody else since: only a process that speaks of our folder is ours. */
function isOurs(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(folder);
  } catch {
    return false;
  }
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone, which is what we want.
    }
  }
}

// Ctrl-C is for the tests; they tell us by closing the pipe.
process.on('SIGINT', () => {});
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('close', resolve));
signal(left(), 'SIGCONT');
signal(left(), 'SIGTERM');
for (let tries = 0; tries < 30 && left().length > 0; tries++) await sleep(100);
signal(left(), 'SIGKILL');
if (folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
