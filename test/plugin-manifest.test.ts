import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { brokenRules } from '../scripts/package/krew-rules.ts';
import { filled } from '../scripts/package/manifest.ts';
import { archiveName, binaryName, PLATFORMS } from '../scripts/package/platforms.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('krew.yaml', () => {
  const krew = parse(read('krew.yaml'));

  it('is what the template gives, at the version of package.json', () => {
    const { version } = JSON.parse(read('package.json'));
    // its hashes are the last release's
    const hashes = PLATFORMS.map((platform, index) => ({ platform, sha256: krew.spec.platforms[index]?.sha256 }));
    const made = parse(filled(read('plugin-manifest/bedrock.yaml.template'), version, hashes));
    expect(krew).toEqual(made);
  });

  it('keeps to the rules of krew-index', () => {
    expect(brokenRules(read('krew.yaml'))).toEqual([]);
  });

  it('names each archive and program as the package script does', () => {
    const named = krew.spec.platforms.map(({ uri, bin }: { uri: string; bin: string }) => [uri.split('/').at(-1), bin]);
    expect(named).toEqual(PLATFORMS.map((platform) => [archiveName(platform), binaryName(platform)]));
  });
});
