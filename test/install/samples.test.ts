import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readResource } from '../../src/cluster/resource.ts';

const FOLDER = join(import.meta.dirname, '../../plugin-manifest/samples');

it.each(readdirSync(FOLDER))('plugin-manifest/samples/%s is understood', (name) => {
  const documents = parseAllDocuments(readFileSync(join(FOLDER, name), 'utf8')).map((each) => each.toJS());
  expect(documents.length).toBeGreaterThan(0);
  for (const document of documents) expect(readResource(document)).toMatchObject({ kind: 'resource' });
});
