/**
 * Writes NOTICE: the libraries in the program and their licences. A test says when it has to be run again.
 *
 *     npm run notice
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, ROOT } from './bundle.ts';
import { librariesOf, noticeOf } from './package/libraries.ts';

const folder = await mkdtemp(join(tmpdir(), 'bedrock-notice-'));
const inputs = await bundle(join(ROOT, 'src/main.ts'), join(folder, 'bundle'), false);
await writeFile(join(ROOT, 'NOTICE'), noticeOf(await librariesOf(inputs)));
await rm(folder, { recursive: true });
