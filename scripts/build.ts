/**
 * Builds dist/kubectl-bedrock: a small launcher, and beside it the program as ES modules in chunks, so that a command
 * loads only what it uses (`--help` neither the Kubernetes client nor React).
 *
 *     tsx scripts/build.ts [ENTRY [FOLDER]]
 */
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SHIM, SHIM_NAME } from '../src/commands/completion/shim.ts';
import { bundle, ROOT } from './bundle.ts';
import { launcher } from './launcher.ts';

const entry = resolve(process.argv[2] ?? join(ROOT, 'src/main.ts'));
const folder = resolve(process.argv[3] ?? join(ROOT, 'dist'));

// Built beside and put in place when it is whole: a build that fails leaves the last one, and no chunk of an earlier
// build stays for ever.
const next = `${folder}.next`;
await bundle(entry, next, true).catch(() => process.exit(1));
// The launcher must be read as CommonJS by a Node of any age: only then can it say that the Node is too old.
await writeFile(join(next, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
for (const [name, text] of [
  ['kubectl-bedrock', launcher()],
  [SHIM_NAME, SHIM],
] as const) {
  await writeFile(join(next, name), text);
  await chmod(join(next, name), 0o755);
}
await rm(folder, { recursive: true, force: true });
await rename(next, folder);
