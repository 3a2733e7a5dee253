import { access, chmod, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { type Host, print, tell } from '../host.ts';
import type { Op } from '../op.ts';
import { SHELL_SCRIPTS } from './scripts.ts';
import { SHIM, SHIM_NAME } from './shim.ts';

/**
 * Prints a shell's script, or puts beside the plugin what kubectl asks, or takes it away: krew removes only what it has
 * installed itself, and a krew without any plugin refuses to run while its bin folder holds a file
 * (krew's internal/receiptsmigration).
 */
export async function completion(
  { what }: Extract<Op, { command: 'completion' }>,
  host: Pick<Host, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  if (what !== 'install' && what !== 'uninstall') {
    host.stdout.write(SHELL_SCRIPTS[what]);
    return EXIT.done;
  }
  const folder = await folderOfPlugin(host.env.PATH ?? '');
  if (folder === null) {
    throw new Error(
      'no folder of the PATH holds kubectl-bedrock: install the plugin first (kubectl krew install bedrock)',
    );
  }
  const path = join(folder, SHIM_NAME);
  if (what === 'uninstall') {
    await rm(path, { force: true });
    return EXIT.done;
  }
  try {
    await writeFile(path, SHIM);
    await chmod(path, 0o755);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `${path} cannot be written (${code ?? error}): run this as somebody who may, or copy it from the release's archive`,
    );
  }
  print(host, [path]);
  tell(host, ['kubectl completes `kubectl bedrock` from now on, in every shell that completes kubectl itself.']);
  return EXIT.done;
}

async function folderOfPlugin(path: string): Promise<string | null> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const there = await access(join(folder, 'kubectl-bedrock'), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return folder;
  }
  return null;
}
