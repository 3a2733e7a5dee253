/**
 * Everything of a release but the publishing: an archive per platform, checksums, a list of what is inside (SBOM), and
 * krew.yaml filled in from plugin-manifest/bedrock.yaml.template.
 *
 *     npm run release -- [--folder .tmp/release] [--manifest krew.yaml]
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { ROOT } from './bundle.ts';
import { brokenByArchive, brokenRules } from './package/krew-rules.ts';
import { filled } from './package/manifest.ts';
import { packagePlatform } from './package/package.ts';
import { binaryName, PLATFORMS } from './package/platforms.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(ROOT, '.tmp/release') },
    manifest: { type: 'string', default: join(ROOT, 'krew.yaml') },
  },
});
const folder = resolve(values.folder);
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

const archives = [];
for (const platform of PLATFORMS) {
  const archive = await packagePlatform(platform, folder);
  archives.push(archive);
  console.log(`${archive.sha256}  ${basename(archive.path)}  ${(archive.bytes / 2 ** 20).toFixed(1)} MiB`);
}
const manifest = filled(await readFile(join(ROOT, 'plugin-manifest/bedrock.yaml.template'), 'utf8'), version, archives);
const broken = [
  ...brokenRules(manifest),
  ...(await Promise.all(archives.map(({ path, platform }) => brokenByArchive(path, binaryName(platform))))).flat(),
];
if (broken.length > 0) {
  console.error(`krew would refuse this release:\n  ${broken.join('\n  ')}`);
  process.exit(1);
}
await writeFile(resolve(values.manifest), manifest);
await writeFile(
  join(folder, 'SHA256SUMS'),
  archives.map(({ sha256, path }) => `${sha256}  ${basename(path)}\n`).join(''),
);
const { stdout: sbom } = await promisify(execFile)(
  'npm',
  ['sbom', '--omit', 'dev', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'],
  { cwd: ROOT, maxBuffer: 2 ** 26 },
);
await writeFile(join(folder, 'bedrock.cdx.json'), sbom);
console.log(`${values.manifest}, SHA256SUMS and bedrock.cdx.json are written`);
