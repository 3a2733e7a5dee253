import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { extract } from 'tar-stream';
import { parse } from 'yaml';
import { z } from 'zod';

/**
 * What krew and krew-index ask of a manifest and of the archives that it names (krew's pkg/index/indexscanner and
 * internal/index/validation, krew.sigs.k8s.io/docs/developer-guide). Checked before a release, as krew-index refuses what
 * breaks a rule only when the pull request is there.
 */

const platformSchema = z.object({
  selector: z.object({ matchLabels: z.object({ os: z.string(), arch: z.string() }) }),
  uri: z.string(),
  sha256: z.string(),
  bin: z.string(),
  files: z.array(z.object({ from: z.string(), to: z.string() })),
});

const manifestSchema = z.object({
  apiVersion: z.literal('krew.googlecontainertools.github.com/v1alpha2'),
  kind: z.literal('Plugin'),
  metadata: z.object({ name: z.string().regex(/^[a-z][a-z0-9-]*$/) }),
  spec: z.object({
    version: z.string().regex(/^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[\w.-]+)?$/, 'a semantic version after a v'),
    homepage: z.url({ protocol: /^https$/ }),
    shortDescription: z
      .string()
      .min(1)
      .max(50)
      .regex(/^(?!.*\n)/, 'one line')
      .refine((text) => !/kubectl|plugin/i.test(text), 'neither "kubectl" nor "plugin": every one of them is that')
      .refine((text) => !text.endsWith('.'), 'no full stop'),
    description: z.string().min(1),
    caveats: z.string().min(1),
    platforms: z.array(platformSchema).min(1),
  }),
});

export type KrewManifest = z.infer<typeof manifestSchema>;

/** @returns the rules that a manifest breaks, in words; none if it is good */
export function brokenRules(yaml: string): string[] {
  const parsed = manifestSchema.safeParse(parse(yaml));
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const { platforms } = parsed.data.spec;
  return [...doubled(platforms), ...platforms.flatMap(brokenByPlatform)];
}

type PlatformEntry = KrewManifest['spec']['platforms'][number];

function nameOf({ selector }: PlatformEntry): string {
  return `${selector.matchLabels.os}/${selector.matchLabels.arch}`;
}

function doubled(platforms: readonly PlatformEntry[]): string[] {
  const names = platforms.map(nameOf);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: more than one platform`);
}

function brokenByPlatform(platform: PlatformEntry): string[] {
  const { uri, sha256, bin, files } = platform;
  const rules: [boolean, string][] = [
    [/^(linux|darwin|windows)\/(amd64|arm64)$/.test(nameOf(platform)), 'an os and arch in the words of Go'],
    [/^https:\/\/.+\.(tar\.gz|zip)$/.test(uri), 'uri: https, and a .tar.gz or .zip'],
    [/^[0-9a-f]{64}$/.test(sha256), 'sha256: 64 small hex digits'],
    [isInside(bin), 'bin: a path inside the archive'],
    [bin.endsWith('.exe') === nameOf(platform).startsWith('windows/'), 'bin: .exe on Windows, and only there'],
    [files.length > 0, 'files: at least one'],
    [files.every(({ from, to }) => isInside(from) && isInside(to)), 'files: paths inside the archive'],
  ];
  return rules.filter(([kept]) => !kept).map(([, rule]) => `${nameOf(platform)}: ${rule}`);
}

function isInside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !/^[a-z]:|\\/i.test(path) && !path.split('/').includes('..');
}

/** @returns the rules that the archive of a platform breaks */
export async function brokenByArchive(path: string, bin: string): Promise<string[]> {
  const entries = path.endsWith('.zip') ? await zipEntries(path) : await tarEntries(path);
  const program = entries.find(({ name }) => name === bin);
  const executable = program !== undefined && (bin.endsWith('.exe') || (program.mode & 0o111) !== 0);
  return [
    ...entries
      .filter(({ type }) => type !== 'file' && type !== 'directory')
      .map(({ name, type }) => `${name}: a ${type}`),
    ...entries.filter(({ name }) => !isInside(name)).map(({ name }) => `${name}: leads out of the archive`),
    ...(entries.some(({ name }) => name === 'LICENSE') ? [] : ['LICENSE is missing']),
    ...(executable ? [] : [`${bin} is not there, or cannot be executed`]),
  ];
}

interface Found {
  name: string;
  type: string;
  mode: number;
}

async function tarEntries(path: string): Promise<Found[]> {
  const found: Found[] = [];
  const reader = extract();
  reader.on('entry', ({ name, type, mode }, stream, next) => {
    found.push({ name, type: type ?? 'file', mode: mode ?? 0 });
    stream.on('end', next);
    stream.resume();
  });
  await pipeline(createReadStream(path), createGunzip(), reader);
  return found;
}

async function zipEntries(path: string): Promise<Found[]> {
  const found: Found[] = [];
  unzipSync(await readFile(path), {
    filter: ({ name }) => {
      found.push({ name, type: name.endsWith('/') ? 'directory' : 'file', mode: 0o755 });
      return false;
    },
  });
  return found;
}
