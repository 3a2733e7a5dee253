import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** 12 MB for young objects, where V8 takes up to 96 on a machine with much memory. It can be said at the start only. */
export const EXECUTABLE_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/**
 * Makes one executable of a bundle and a platform's node: a single executable application, as Node 26 builds them. A
 * code cache goes in only where that platform's node is the one that builds: V8's cache fits no other.
 * @param folder holds main.mjs, the one-file ES module
 * @param runtime the path of the platform's node
 */
export async function writeExecutable(folder: string, runtime: string, output: string, native: boolean): Promise<void> {
  await writeFile(
    join(folder, 'sea.json'),
    JSON.stringify({
      // relative: the path ends in the code cache, and two checkouts must give equal executables
      main: 'main.mjs',
      mainFormat: 'module',
      executable: runtime,
      output,
      disableExperimentalSEAWarning: true,
      useCodeCache: native,
      execArgv: EXECUTABLE_FLAGS,
      // a NODE_OPTIONS meant for the user's own programs could keep ours from starting
      execArgvExtension: 'none',
    }),
  );
  // --predictable: the code cache holds V8's hash seed, and two builds of one commit must be equal. A fixed --hash-seed
  // gives the same bytes too, but the executable then refuses the cache.
  await run(process.execPath, ['--predictable', '--build-sea', 'sea.json'], { cwd: folder });
}
