import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Platform, RUNTIME_VERSION } from './platforms.ts';

const run = promisify(execFile);

/**
 * A platform's node, fetched through npm (so from whatever registry the user has set) and kept in `cache`.
 * @returns the folder of the npm package: the program at `runtime.path`, node's licence beside it
 * @throws where npm gives another archive than the one that is pinned
 */
export async function fetchRuntime({ runtime }: Platform, cache: string): Promise<string> {
  const folder = join(cache, `${runtime.name}-${RUNTIME_VERSION}`);
  if (await exists(join(folder, runtime.path))) return folder;
  const fetched = `${folder}.fetched`;
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched, { recursive: true });
  const { stdout } = await run('npm', [
    'pack',
    `${runtime.name}@${RUNTIME_VERSION}`,
    '--json',
    '--pack-destination',
    fetched,
  ]);
  const archive = join(fetched, packedName(stdout));
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (integrity !== runtime.integrity) {
    throw new Error(`${runtime.name}@${RUNTIME_VERSION} is not the one that is pinned: ${integrity}`);
  }
  await run('tar', ['-xzf', archive, '-C', fetched]);
  await rm(folder, { recursive: true, force: true });
  await rename(join(fetched, 'package'), folder);
  await rm(fetched, { recursive: true, force: true });
  return folder;
}

/** npm 10 answers with a list, npm 11 and later with an object by name. */
function packedName(stdout: string): string {
  const answer: unknown = JSON.parse(stdout);
  const first: unknown = Object.values(answer ?? {})[0];
  const name = first !== null && typeof first === 'object' && 'filename' in first ? first.filename : undefined;
  if (typeof name !== 'string') throw new Error(`npm pack answers ${stdout.slice(0, 200)}`);
  return name;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
