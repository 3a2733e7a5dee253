/**
 * Makes archives with the Node runtime inside, for krew and for a download.
 *
 *     npm run package -- [--platform linux/amd64]... [--folder .tmp/release]
 */
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './bundle.ts';
import { packagePlatform } from './package/package.ts';
import { PLATFORMS, platformOf } from './package/platforms.ts';

const { values } = parseArgs({
  options: {
    platform: { type: 'string', multiple: true },
    folder: { type: 'string', default: join(ROOT, '.tmp/release') },
  },
});
const platforms = values.platform?.map(platformOf) ?? PLATFORMS;
for (const platform of platforms) {
  const { path, bytes, sha256 } = await packagePlatform(platform, resolve(values.folder));
  console.log(`${sha256}  ${relative(process.cwd(), path)}  ${(bytes / 2 ** 20).toFixed(1)} MiB`);
}
