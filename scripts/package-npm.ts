/**
 * The npm package, for `npx kubectl-bedrock`: the bundle alone, as everything that it uses is in it; the user's Node runs it.
 *
 *     npm run package:npm -- [--folder .tmp/npm]
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './bundle.ts';

const { values } = parseArgs({ options: { folder: { type: 'string', default: join(ROOT, '.tmp/npm') } } });
const folder = resolve(values.folder);
const { name, version, description, license, type, engines, bin } = JSON.parse(
  await readFile(join(ROOT, 'package.json'), 'utf8'),
);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const each of ['dist', 'plugin-manifest/rbac.yaml', 'LICENSE', 'NOTICE', 'README.md']) {
  await cp(join(ROOT, each), join(folder, each), { recursive: true, filter: (path) => !path.endsWith('.map') });
}
const repository = { type: 'git', url: 'git+https://github.com/kubectl-bedrock/kubectl-bedrock.git' };
const manifest = {
  name,
  version,
  description,
  license,
  type,
  engines,
  bin,
  repository,
  files: ['dist', 'plugin-manifest', 'NOTICE'],
};
await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`npm publish ${folder}`);
