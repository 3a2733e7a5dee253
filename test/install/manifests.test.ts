import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseArgs } from '../../src/commands/parse.ts';
import { run } from '../../src/commands/run.ts';
import { VERSION } from '../../src/commands/version.ts';
import { installedObjects, manifestFiles } from '../../src/install/manifests.ts';
import type { InstallOptions } from '../../src/install/options.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { fakeHost } from '../commands/fake-host.ts';

const EVERYWHERE: InstallOptions = { namespace: 'ops', image: 'me:1', watchNamespaces: [], callbackSecrets: [] };
const SOME: InstallOptions = {
  ...EVERYWHERE,
  watchNamespaces: ['a', 'b'],
  callbackSecrets: [
    { namespace: 'a', name: 'one' },
    { namespace: 'a', name: 'two' },
  ],
};

function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found) && typeof key === 'number') found = found[key];
    else found = isObject(found) ? found[String(key)] : undefined;
  }
  return found;
}

function of(objects: readonly JsonObject[], kind: string): JsonObject[] {
  return objects.filter((object) => object.kind === kind);
}

function namesOf(objects: readonly JsonObject[], kind: string): string[] {
  return of(objects, kind).map(({ metadata }) =>
    [at(metadata, 'namespace'), at(metadata, 'name')].filter((part) => part !== undefined).join('/'),
  );
}

function rulesOf(objects: readonly JsonObject[]): JsonObject[] {
  return objects.flatMap(({ rules }) => (Array.isArray(rules) ? rules.filter(isObject) : []));
}

describe('access', () => {
  it('is a ClusterRole for all namespaces, and Roles for some', () => {
    expect(namesOf(installedObjects(EVERYWHERE), 'ClusterRoleBinding')).toEqual(['bedrock-operator']);
    const some = installedObjects(SOME);
    expect(namesOf(some, 'ClusterRoleBinding')).toEqual([]);
    expect(namesOf(some, 'ClusterRole')).not.toContain('bedrock-operator');
    expect(namesOf(some, 'RoleBinding')).toEqual([
      'ops/bedrock-operator-election',
      'a/bedrock-operator',
      'b/bedrock-operator',
      'a/bedrock-operator-callback-secret',
    ]);
  });

  it('has no wildcard, deletes no set, and sees no secret but those that are named', () => {
    for (const options of [EVERYWHERE, SOME]) {
      const rules = rulesOf(installedObjects(options));
      expect(JSON.stringify(rules)).not.toContain('*');
      const on = (resource: string) => rules.filter((rule) => JSON.stringify(rule.resources).includes(`"${resource}"`));
      expect(on('statefulsets').flatMap(({ verbs }) => verbs)).not.toContain('delete');
      expect(on('secrets')).toEqual(
        options === SOME
          ? [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['one', 'two'], verbs: ['get'] }]
          : [],
      );
    }
  });

  it('binds nobody to what runs commands in pods', () => {
    const bound = installedObjects(EVERYWHERE).map((object) => at(object, 'roleRef', 'name'));
    expect(bound).not.toContain('bedrock-operator-hooks');
  });
});

describe('the Deployment', () => {
  const container = (options: InstallOptions) =>
    at(of(installedObjects(options), 'Deployment')[0], 'spec', 'template', 'spec', 'containers', 0);

  it.each([
    ['all namespaces', EVERYWHERE, null],
    ['some', SOME, ['a', 'b']],
  ])('runs the operator for %s', (_what, options, namespaces) => {
    const args = at(container(options), 'args');
    expect(parseArgs((Array.isArray(args) ? args : []).map(String))).toMatchObject({
      kind: 'run',
      op: { command: 'operator', namespaces, listen: { port: 8080 } },
    });
  });
});

describe('what is printed', () => {
  it('is what plugin-manifest/ holds', async () => {
    const host = fakeHost();
    expect(await run(['install', '--dry-run=client'], host)).toBe(0);
    const objects = (text: string) => parseAllDocuments(text).map((document) => document.toJS());
    const files = manifestFiles(VERSION);
    const listed = objects(files.get('kustomization.yaml') ?? '')[0].resources;
    expect(objects(host.out())).toEqual(listed.flatMap((name: string) => objects(files.get(name) ?? '')));
  });

  it('holds nothing that would take a set along', () => {
    expect(JSON.stringify(installedObjects(SOME))).not.toMatch(/ownerReferences|finalizers|Webhook/);
  });
});
