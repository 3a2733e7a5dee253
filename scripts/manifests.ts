import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestFiles } from '../src/install/manifests.ts';

/** Writes what plugin-manifest/ holds of an installation anew. */
const folder = join(import.meta.dirname, '..', 'plugin-manifest');
for (const [name, text] of manifestFiles()) {
  writeFileSync(join(folder, name), text);
  console.log(`plugin-manifest/${name}`);
}
