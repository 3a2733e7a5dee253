import { stringify } from 'yaml';
import type { JsonObject } from '../rollout/json.ts';
import { customResourceDefinition } from './crd.ts';

/** What plugin-manifest/ holds of an installation, by the name of the file. */
export function manifestFiles(): Map<string, string> {
  return new Map([['crd.yaml', file([customResourceDefinition()])]]);
}

/** YAML, a document each. */
export function yamlOf(objects: readonly JsonObject[]): string {
  return objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

function file(objects: readonly JsonObject[]): string {
  return `# Written by npm run manifests: change src/install, not this.\n${yamlOf(objects)}`;
}
