import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Entry, writeArchive } from '../../scripts/package/archive.ts';
import { brokenByArchive, brokenRules } from '../../scripts/package/krew-rules.ts';
import { filled } from '../../scripts/package/manifest.ts';
import { PLATFORMS } from '../../scripts/package/platforms.ts';

const template = readFileSync(join(import.meta.dirname, '../../plugin-manifest/bedrock.yaml.template'), 'utf8');
const archives = PLATFORMS.map((platform) => ({ platform, sha256: '0123456789abcdef'.repeat(4) }));
const good = filled(template, '1.2.3', archives);

/** The good manifest, with one thing changed. */
// biome-ignore lint/suspicious/noExplicitAny: a YAML document, to be broken at will
function broken(change: (manifest: any) => void): string[] {
  const manifest = parse(good);
  change(manifest);
  return brokenRules(stringify(manifest));
}

describe('a krew manifest', () => {
  it('is good as the template fills it', () => {
    expect(brokenRules(good)).toEqual([]);
  });

  it('is not filled in by halves', () => {
    expect(() => filled(template, '1.2.3', archives.slice(1))).toThrow(/SHA256_LINUX_AMD64/);
  });

  // biome-ignore lint/suspicious/noExplicitAny: a YAML document, to be broken at will
  it.each<[string, (m: any) => void, RegExp]>([
    ['of another API version', (m) => (m.apiVersion = 'krew.googlecontainertools.github.com/v1alpha1'), /apiVersion/],
    ['of another kind', (m) => (m.kind = 'Tool'), /kind/],
    ['with an unsafe name', (m) => (m.metadata.name = 'Bed_rock'), /metadata\.name/],
    ['whose version has no v', (m) => (m.spec.version = '1.2.3'), /spec\.version/],
    ['whose version is not semantic', (m) => (m.spec.version = 'v1.2'), /spec\.version/],
    ['without a home page', (m) => delete m.spec.homepage, /spec\.homepage/],
    ['whose home page is not https', (m) => (m.spec.homepage = 'http://example.com'), /spec\.homepage/],
    ['with a long short description', (m) => (m.spec.shortDescription = 'x'.repeat(51)), /shortDescription/],
    ['that says kubectl in it', (m) => (m.spec.shortDescription = 'A kubectl thing'), /shortDescription/],
    ['that says plugin in it', (m) => (m.spec.shortDescription = 'A plugin'), /shortDescription/],
    ['with a full stop after it', (m) => (m.spec.shortDescription = 'Roll sets out.'), /shortDescription/],
    ['with two lines of it', (m) => (m.spec.shortDescription = 'Roll\nout'), /shortDescription/],
    ['without a description', (m) => delete m.spec.description, /description/],
    ['without caveats', (m) => delete m.spec.caveats, /caveats/],
    ['without platforms', (m) => (m.spec.platforms = []), /platforms/],
    ['with a platform twice', (m) => m.spec.platforms.push(m.spec.platforms[0]), /more than one/],
    ['with an unknown platform', (m) => (m.spec.platforms[0].selector.matchLabels.arch = 'x64'), /words of Go/],
    ['with an address without TLS', (m) => (m.spec.platforms[0].uri = 'http://a.example/a.tar.gz'), /uri/],
    ['with an archive of another kind', (m) => (m.spec.platforms[0].uri = 'https://a.example/a.tar.xz'), /uri/],
    ['with a short hash', (m) => (m.spec.platforms[0].sha256 = 'abc'), /sha256/],
    ['with a hash in capitals', (m) => (m.spec.platforms[0].sha256 = 'A'.repeat(64)), /sha256/],
    ['whose program lies outside', (m) => (m.spec.platforms[0].bin = '../kubectl-bedrock'), /bin/],
    ['whose program is .exe on Linux', (m) => (m.spec.platforms[0].bin = 'kubectl-bedrock.exe'), /\.exe/],
    ['that takes no files', (m) => (m.spec.platforms[0].files = []), /files/],
    ['that puts files outside', (m) => (m.spec.platforms[0].files = [{ from: '*', to: '/etc' }]), /files/],
  ])('is refused %s', (_, change, rule) => {
    const rules = broken(change);
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.join('\n')).toMatch(rule);
  });
});

describe('an archive', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrock-archive-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const entry = (name: string, executable = false): Entry => ({ name, content: Buffer.from(name), executable });
  const whole = [entry('kubectl-bedrock', true), entry('LICENSE')];
  const rulesOf = async (name: string, entries: readonly Entry[], bin = 'kubectl-bedrock') => {
    const path = join(folder, name);
    await writeArchive(path, entries, new Date('2026-01-02T03:04:06Z'));
    return brokenByArchive(path, bin);
  };

  it('is good with the program and its licence', async () => {
    expect(await rulesOf('good.tar.gz', whole)).toEqual([]);
    expect(
      await rulesOf('good.zip', [entry('kubectl-bedrock.exe', true), entry('LICENSE')], 'kubectl-bedrock.exe'),
    ).toEqual([]);
  });

  it('holds the same bytes whatever the order of its entries', async () => {
    for (const name of ['same.tar.gz', 'same.zip']) {
      await rulesOf(name, whole);
      const first = readFileSync(join(folder, name));
      await rulesOf(name, whole.toReversed());
      expect(readFileSync(join(folder, name)).equals(first)).toBe(true);
    }
  });

  it.each([
    ['without the licence', [entry('kubectl-bedrock', true)], 'LICENSE is missing'],
    ['without the program', [entry('LICENSE')], 'kubectl-bedrock is not there, or cannot be executed'],
    [
      'whose program cannot be executed',
      [entry('kubectl-bedrock'), entry('LICENSE')],
      'kubectl-bedrock is not there, or cannot be executed',
    ],
    ['that leads out of itself', [...whole, entry('a/../../b')], 'a/../../b: leads out of the archive'],
  ])('is refused %s', async (_, entries, rule) => {
    expect(await rulesOf('broken.tar.gz', entries)).toEqual([rule]);
  });

  it('is refused with a link in it', async () => {
    const path = join(folder, 'link.tar.gz');
    const tar = pack();
    tar.entry({ name: 'kubectl-bedrock', mode: 0o755 }, 'x');
    tar.entry({ name: 'LICENSE' }, 'x');
    tar.entry({ name: 'node', type: 'symlink', linkname: '/usr/bin/node' });
    tar.finalize();
    await pipeline(tar, createGzip(), createWriteStream(path));
    expect(await brokenByArchive(path, 'kubectl-bedrock')).toEqual(['node: a symlink']);
  });
});
