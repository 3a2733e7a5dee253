import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { MUTATIONS } from './mutations.ts';

const repository = resolve(import.meta.dirname, '../..');

test.each(MUTATIONS)('$case: $without: it can be taken out', ({ file, search, replacement }) => {
  const source = readFileSync(resolve(repository, file), 'utf8');
  expect(source.split(search).length - 1).toBe(1);
  expect(replacement).not.toBe(search);
});
