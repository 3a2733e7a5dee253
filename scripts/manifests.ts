import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../src/commands/version.ts';
import { manifestFiles } from '../src/install/manifests.ts';

/** Writes what plugin-manifest/ holds of an installation anew. */
const folder = join(import.meta.dirname, '..', 'plugin-manifest');
for (const [name, text] of manifestFiles(VERSION)) {
  writeFileSync(join(folder, name), text);
  console.log(`plugin-manifest/${name}`);
}
