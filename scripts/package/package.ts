import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { SHIM, SHIM_NAME } from '../../src/commands/completion/shim.ts';
import { bundle, ROOT } from '../bundle.ts';
import { type Entry, writeArchive } from './archive.ts';
import { writeExecutable } from './executable.ts';
import { SHELL_LAUNCHER } from './launcher.ts';
import { librariesOf, licencesOf, noticeOf } from './libraries.ts';
import { archiveName, binaryName, type Platform, platformOf } from './platforms.ts';
import { fetchRuntime } from './runtime.ts';

const RUNTIMES = join(ROOT, '.tmp/runtimes');

export interface Packaged {
  platform: Platform;
  path: string;
  /** In hex, as krew has it. */
  sha256: string;
  bytes: number;
}

/**
 * Makes the archive of one platform: the program with its Node, licences, and the RBAC rules that it needs. Two runs on
 * one commit give the same bytes (but code caches: only on the platform that builds).
 * @param folder where the archive goes; runtimes are kept in .tmp/runtimes
 */
export async function packagePlatform(platform: Platform, folder: string): Promise<Packaged> {
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, '.work-'));
  try {
    const runtime = await fetchRuntime(platform, RUNTIMES);
    const bundled = join(work, 'bundle');
    const inputs = await bundle(join(ROOT, 'src/main.ts'), bundled, platform.form === 'launcher');
    const entries = [...(await program(platform, runtime, work, bundled)), ...(await papers(inputs))];
    const path = join(folder, archiveName(platform));
    await writeArchive(path, entries, await commitTime());
    const content = await readFile(path);
    return {
      platform,
      path,
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function program(platform: Platform, runtime: string, work: string, bundled: string): Promise<Entry[]> {
  const node = join(runtime, platform.runtime.path);
  const shim = text(SHIM_NAME, SHIM, true);
  if (platform.form === 'executable') {
    const output = join(work, binaryName(platform));
    await writeExecutable(bundled, node, output, isHere(platform));
    const executable = { name: binaryName(platform), content: await readFile(output), executable: true };
    return platform.os === 'windows' ? [executable] : [executable, shim];
  }
  return [
    text('kubectl-bedrock', SHELL_LAUNCHER, true),
    shim,
    { name: 'node', content: await readFile(node), executable: true },
    ...(await filesOf(bundled, 'lib', (name) => name.endsWith('.mjs'))),
  ];
}

/** What must go with the program: our licence, node's own, those of the libraries in the bundle, and the RBAC rules. */
async function papers(inputs: readonly string[]): Promise<Entry[]> {
  const libraries = await librariesOf(inputs);
  // the same words on every platform, and not every runtime's package brings them
  const node = await fetchRuntime(platformOf('linux/amd64'), RUNTIMES);
  return [
    { name: 'LICENSE', content: await readFile(join(ROOT, 'LICENSE')), executable: false },
    text('NOTICE', noticeOf(libraries), false),
    text('LICENSES.txt', licencesOf(libraries), false),
    { name: 'LICENSE.node', content: await readFile(join(node, 'LICENSE')), executable: false },
    { name: 'rbac.yaml', content: await readFile(join(ROOT, 'plugin-manifest/rbac.yaml')), executable: false },
  ];
}

async function filesOf(folder: string, into: string, wanted: (name: string) => boolean): Promise<Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((each) => each.isFile() && wanted(each.name));
  return Promise.all(
    files.map(async (each) => {
      const path = join(each.parentPath, each.name);
      const name = `${into}/${relative(folder, path).split(sep).join('/')}`;
      return { name, content: await readFile(path), executable: false };
    }),
  );
}

function text(name: string, content: string, executable: boolean): Entry {
  return { name, content: new TextEncoder().encode(content), executable };
}

function isHere({ os, arch }: Platform): boolean {
  const here = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string];
  return os === here && arch === (process.arch === 'x64' ? 'amd64' : process.arch);
}

/** Of the commit, so that it does not depend on when one builds; SOURCE_DATE_EPOCH where there is no repository. */
async function commitTime(): Promise<Date> {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const seconds =
    epoch ?? (await promisify(execFile)('git', ['log', '-1', '--format=%ct'], { cwd: ROOT })).stdout.trim();
  // a zip knows only even seconds
  return new Date(Math.floor(Number(seconds) / 2) * 2_000);
}
