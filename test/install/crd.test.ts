import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/commands/version.ts';
import { customResourceDefinition } from '../../src/install/crd.ts';
import { manifestFiles } from '../../src/install/manifests.ts';
import { durationSchema } from '../../src/rollout/duration.ts';
import { thresholdSchema } from '../../src/rollout/gate-spec.ts';
import { isObject, type Json, type JsonObject } from '../../src/rollout/json.ts';
import { countOrPercentSchema } from '../../src/rollout/percent.ts';
import { specSchema } from '../../src/rollout/record.ts';
import { resourceSpecSchema, wantedOf } from '../../src/rollout/resource.ts';

const crd = customResourceDefinition();

function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found) && typeof key === 'number') found = found[key];
    else found = isObject(found) ? found[String(key)] : undefined;
  }
  return found;
}

const root = at(crd, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema');

/** Every schema in `schema`, with its path. */
function* schemas(schema: Json | undefined, path: string): Generator<[string, JsonObject]> {
  if (!isObject(schema)) return;
  yield [path, schema];
  if (isObject(schema.properties)) {
    for (const [name, of] of Object.entries(schema.properties)) yield* schemas(of, `${path}.${name}`);
  }
  yield* schemas(schema.items, `${path}[]`);
  yield* schemas(schema.additionalProperties, `${path}[*]`);
}

const all = [...schemas(root, '')];

it.each([...manifestFiles(VERSION)])('plugin-manifest/%s is what npm run manifests writes', (name, text) => {
  expect(readFileSync(join(import.meta.dirname, '../../plugin-manifest', name), 'utf8')).toBe(text);
});

describe('the schema', () => {
  it('describes every field', () => {
    const silent = all.filter(([path, { description }]) => /\w$/.test(path) && !description).map(([path]) => path);
    expect(silent.filter((path) => path !== '.metadata' && !path.endsWith('volumeClaimTemplates[].metadata'))).toEqual(
      [],
    );
  });

  it('is structural', () => {
    for (const [path, schema] of all) {
      const { type, properties, additionalProperties } = schema;
      const intOrString = schema['x-kubernetes-int-or-string'] === true;
      expect(typeof type === 'string' || intOrString, `${path} has a type`).toBe(true);
      expect(properties !== undefined && additionalProperties !== undefined, path).toBe(false);
      for (const keyword of ['$ref', '$schema', 'anyOf', 'oneOf', 'allOf', 'not', 'const', 'definitions']) {
        expect(schema, path).not.toHaveProperty([keyword]);
      }
    }
  });

  it('owns nothing, and waits for nothing, when it is deleted', () => {
    expect(JSON.stringify(crd)).not.toMatch(/ownerReferences|finalizers/);
  });

  it('has the defaults of the record, but hold', () => {
    const target = { kind: 'restart', summary: '' };
    const {
      schemaVersion: _v,
      rolloutIdentity: _i,
      target: _t,
      ...record
    } = specSchema.parse({
      schemaVersion: 1,
      rolloutIdentity: 'r',
      target,
    });
    const resource = wantedOf(resourceSpecSchema.parse({ targetRef: { name: 'web' } }), 'r');
    expect(resource).toEqual({ ...record, hold: true });
  });

  it('says the defaults that a reader fills in', () => {
    const fields = Object.entries(at(root, 'properties', 'spec', 'properties') as JsonObject);
    const said = Object.fromEntries(
      fields.flatMap(([name, field]) => (at(field, 'default') === undefined ? [] : [[name, at(field, 'default')]])),
    );
    const read = (spec: object) => resourceSpecSchema.parse({ targetRef: { name: 'web' }, ...spec });
    expect(read(said)).toEqual(read({}));
    expect(
      Object.keys(read({}))
        .filter((name) => name !== 'targetRef')
        .sort(),
    ).toEqual(Object.keys(said).sort());
  });
});

/** The regular expression in a rule, or of `pattern`. */
function patternOf(field: string): RegExp {
  const [, schema] = all.find(([path]) => path === `.spec.${field}`) ?? [];
  const rule = String(at(schema, 'x-kubernetes-validations', 0, 'rule') ?? '');
  const text = /matches\(r'(.*)'\)/.exec(rule)?.[1] ?? at(schema, 'pattern');
  if (typeof text !== 'string') throw new Error(`${field} has no pattern`);
  return new RegExp(text);
}

describe('what the API server lets in, a reader understands', () => {
  it.each([
    ['minReady', durationSchema],
    ['maxUnavailable', countOrPercentSchema],
    ['steps[]', countOrPercentSchema],
    ['gates[].pass', thresholdSchema],
  ])('%s', (field, schema) => {
    fc.assert(
      fc.property(fc.stringMatching(patternOf(field)), (text) => {
        // of a pattern that ends with $ it may be a text with a line break, which RE2 does not let in
        fc.pre(!text.includes('\n'));
        expect(schema.safeParse(text).success, text).toBe(true);
      }),
    );
  });

  it.each([
    ['minReady', ['0', '30s', '1h30m', '500ms', '1.5m', '2d']],
    ['maxUnavailable', ['1', '25%', '12.5%', '100%']],
    ['gates[].pass', ['< 0.01', '>=5', '!= -1e3']],
  ])('%s lets in what people write', (field, texts) => {
    for (const text of texts) expect(text).toMatch(patternOf(field));
  });
});
