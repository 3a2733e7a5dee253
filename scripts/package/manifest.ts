import type { Packaged } from './package.ts';

/**
 * The krew manifest of a release.
 * @param template plugin-manifest/bedrock.yaml.template
 * @param version without the v
 * @throws where something of the template is not filled in
 */
export function filled(
  template: string,
  version: string,
  archives: readonly Pick<Packaged, 'platform' | 'sha256'>[],
): string {
  const values = new Map([
    ['VERSION', `v${version}`],
    ...archives.map(({ platform: { os, arch }, sha256 }): [string, string] => [
      `SHA256_${os}_${arch}`.toUpperCase(),
      `"${sha256}"`,
    ]),
  ]);
  return template.replaceAll(/\$\{(\w+)\}/g, (place, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`nothing is known to put in place of ${place} in the template`);
    return value;
  });
}
