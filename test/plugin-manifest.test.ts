import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('krew.yaml', () => {
  const krew = parse(read('krew.yaml'));
  const { version } = JSON.parse(read('package.json'));

  it('is the template, at the version of package.json', () => {
    const filled = read('plugin-manifest/bedrock.yaml.template')
      .replaceAll(/\$\{VERSION\}/g, `v${version}`)
      .replaceAll(/\$\{SHA256_\w+\}/g, `"${'0'.repeat(64)}"`);
    expect(krew).toEqual(parse(filled));
  });

  it('keeps to the rules of krew-index', () => {
    expect(krew.metadata.name).toBe('bedrock');
    expect(krew.spec.shortDescription.length).toBeLessThanOrEqual(50);
    expect(krew.spec.shortDescription).not.toMatch(/kubectl|plugin|kubernetes/i);
    const platforms = krew.spec.platforms.map(
      ({ selector, bin }: { selector: { matchLabels: Record<string, string> }; bin: string }) => {
        return `${selector.matchLabels.os}/${selector.matchLabels.arch} ${bin}`;
      },
    );
    expect(platforms).toEqual([
      'linux/amd64 kubectl-bedrock',
      'linux/arm64 kubectl-bedrock',
      'darwin/amd64 kubectl-bedrock',
      'darwin/arm64 kubectl-bedrock',
      'windows/amd64 kubectl-bedrock.exe',
    ]);
  });
});
