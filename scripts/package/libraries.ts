import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../bundle.ts';

/** A package of which something is in the bundle. */
export interface Library {
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  /** The licence's words, as the package brings them; null where it brings none. */
  text: string | null;
}

/** What may go into a program under Apache-2.0 without more than being named. */
export const COMPATIBLE: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'Unlicense',
]);

/**
 * The packages of a bundle, by name.
 * @param inputs the paths of all files that went into it
 */
export async function librariesOf(inputs: readonly string[]): Promise<Library[]> {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== null));
  const found = await Promise.all([...folders].map(libraryIn));
  // one package may lie in several folders
  const distinct = new Map(found.map((each) => [`${each.name}@${each.version}`, each]));
  return [...distinct.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  );
}

function packageFolder(path: string): string | null {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? null;
}

async function libraryIn(folder: string): Promise<Library> {
  const path = join(ROOT, folder);
  const { name, version, license } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  const file = (await readdir(path)).find((each) => /^(licen[cs]e|copying)/i.test(each));
  return {
    name,
    version,
    license: String(license),
    text: file === undefined ? null : await readFile(join(path, file), 'utf8'),
  };
}

/** The list for NOTICE. */
export function noticeOf(libraries: readonly Library[]): string {
  const rows = libraries.map(({ name, version, license }) => `  ${name} ${version}, ${license}`);
  return `kubectl-bedrock
Copyright 2026 The kubectl-bedrock authors

The program contains these libraries; their licences lie beside it in LICENSES.txt of every archive. Archives also bring
Node.js, whose licence is LICENSE.node.

${rows.join('\n')}
`;
}

/** The licences themselves. */
export function licencesOf(libraries: readonly Library[]): string {
  return libraries
    .map(
      ({ name, version, license, text }) =>
        `${'='.repeat(80)}\n${name} ${version}, ${license}\n\n${text?.trim() ?? '(no text in the package)'}\n`,
    )
    .join('\n');
}
