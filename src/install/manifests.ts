import { stringify } from 'yaml';
import type { JsonObject } from '../rollout/json.ts';
import { customResourceDefinition } from './crd.ts';
import { DEFAULT_NAMESPACE, defaultImage, type InstallOptions } from './options.ts';
import { protectionOf } from './protection.ts';
import { accessOf } from './rbac.ts';
import { identityOf, workloadOf } from './workload.ts';

/** Everything that is installed, in the order in which it can be applied. */
export function installedObjects(options: InstallOptions): JsonObject[] {
  return [customResourceDefinition(), ...operatorObjects(options), ...protectionOf(options)];
}

function operatorObjects(options: InstallOptions): JsonObject[] {
  return [...identityOf(options), ...accessOf(options), ...workloadOf(options)];
}

/** What plugin-manifest/ holds of an installation, by the name of the file. */
export function manifestFiles(version: string): Map<string, string> {
  const options: InstallOptions = {
    namespace: DEFAULT_NAMESPACE,
    image: defaultImage(version),
    watchNamespaces: [],
    callbackSecrets: [],
  };
  const files = new Map([
    ['crd.yaml', file([customResourceDefinition()])],
    ['operator.yaml', file(operatorObjects(options))],
    ['protection.yaml', file(protectionOf(options))],
  ]);
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
  return files.set('kustomization.yaml', file([{ ...kustomization, resources: [...files.keys()] }]));
}

/** YAML, a document each. */
export function yamlOf(objects: readonly JsonObject[]): string {
  return objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

function file(objects: readonly JsonObject[]): string {
  return `# Written by npm run manifests: change src/install, not this.\n${yamlOf(objects)}`;
}
