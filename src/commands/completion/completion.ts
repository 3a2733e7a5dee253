import { access, chmod, constants, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { type Host, print, tell } from '../host.ts';
import type { Op } from '../op.ts';
import { SHELL_SCRIPTS } from './scripts.ts';
import { SHIM, SHIM_NAME } from './shim.ts';

/** Prints a shell's script, or puts beside the plugin what kubectl asks. */
export async function completion(
  { what }: Extract<Op, { command: 'completion' }>,
  host: Pick<Host, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  if (what !== 'install') {
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
