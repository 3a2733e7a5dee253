/**
 * Runs the tests by a Node that is named by its path: npm puts node_modules/.bin first on the PATH, and the node that lies
 * there would be the one that runs whatever a workflow has set up.
 *
 *     npm run test:by-node -- /usr/local/bin/node [vitest's arguments]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';

const [node, ...rest] = process.argv.slice(2);
if (node === undefined) {
  console.error('name a node: npm run test:by-node -- /usr/local/bin/node');
  process.exit(2);
}
const { status } = spawnSync(node, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...rest], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
