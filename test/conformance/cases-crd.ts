import { expect } from 'vitest';
import { ApiError } from '../../src/cluster/api.ts';
import type { JsonObject } from '../../src/rollout/json.ts';
import { at, type Case, JSON_PATCH, type Kit, MERGE } from './kit.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const THING: JsonObject = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      'x-kubernetes-validations': [
        { rule: 'self.count != 7', message: 'not seven' },
        { rule: 'self.name == oldSelf.name', message: 'name is immutable' },
      ],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 5, pattern: '^[a-z]+$' },
        count: { type: 'integer', minimum: 0, maximum: 10, default: 3 },
        share: { 'x-kubernetes-int-or-string': true, default: '25%' },
        colour: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        flag: { type: 'boolean' },
        at: { type: 'string', format: 'date-time' },
        wait: {
          type: 'string',
          maxLength: 9,
          'x-kubernetes-validations': [{ rule: "self.matches(r'^[0-9]+s$')", message: 'a duration such as 5s' }],
        },
        tags: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        inner: { type: 'object', properties: { deep: { type: 'integer', default: 1 } } },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object', properties: { deep: { type: 'integer', default: 1 } } } },
        },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string', enum: ['Good', 'Bad'] } } },
  },
};

const UNCHECKED =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Defines Thing in a group of this namespace; answers the path of things. */
async function things(kit: Kit): Promise<string> {
  const group = `${kit.namespace}.example.com`;
  const version = { name: 'v1', served: true, storage: true, subresources: { status: {} } };
  await define(kit, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing' },
      versions: [{ ...version, schema: { openAPIV3Schema: THING } }],
    },
  });
  const path = `/apis/${group}/v1/namespaces/${kit.namespace}/things`;
  await served(kit, path);
  return path;
}

/** Creates a CustomResourceDefinition, if it is not there. */
export async function define(kit: Kit, crd: JsonObject): Promise<void> {
  await kit.post(CRDS, crd).catch((error: unknown) => {
    // others of this cluster may have been faster
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  });
}

/** A new kind takes the API server a moment. */
export function served(kit: Kit, path: string): Promise<void> {
  return kit.until(`${path} is served`, () =>
    kit.get(path).then(
      () => true,
      () => false,
    ),
  );
}

function thing(kit: Kit, spec: JsonObject): JsonObject {
  return { apiVersion: `${kit.namespace}.example.com/v1`, kind: 'Thing', metadata: { name: 'x' }, spec };
}

/** What a create is refused with, after the words that all refusals begin with. */
async function wrong(kit: Kit, path: string, spec: JsonObject): Promise<string[]> {
  const error = await kit.refused(kit.post(path, thing(kit, spec)));
  expect([error.code, error.reason]).toEqual([422, 'Invalid']);
  expect(error.message).toMatch(new RegExp(`^Thing\\.${kit.namespace}\\.example\\.com "x" is invalid: `));
  return error.causes.map(({ field, message }) => `${field}: ${message}`);
}

/** Each in a spec that is else right, and what the server says; true: nothing else is looked at then. */
const WRONG: [string, JsonObject, string, boolean][] = [
  ['empty', { name: '' }, 'spec.name: Invalid value: "": spec.name in body should be at least 1 chars long', false],
  ['long', { name: 'abcdef' }, 'spec.name: Too long: may not be more than 5 bytes', true],
  ['another pattern', { name: 'A' }, `spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'`, false],
  [
    'another type',
    { name: 5 },
    'spec.name: Invalid value: "integer": spec.name in body must be of type string: "integer"',
    true,
  ],
  [
    'too little',
    { count: -1 },
    'spec.count: Invalid value: -1: spec.count in body should be greater than or equal to 0',
    false,
  ],
  [
    'too much',
    { count: 11 },
    'spec.count: Invalid value: 11: spec.count in body should be less than or equal to 10',
    false,
  ],
  [
    'neither int nor string',
    { share: true },
    'spec.share: Invalid value: "boolean": spec.share in body must be of type integer,string: "boolean"',
    true,
  ],
  ['another word', { colour: 'pink' }, 'spec.colour: Unsupported value: "pink": supported values: "red", "blue"', true],
  [
    'no flag',
    { flag: 'yes' },
    'spec.flag: Invalid value: "string": spec.flag in body must be of type boolean: "string"',
    true,
  ],
  [
    'no time',
    { at: 'soon' },
    'spec.at: Invalid value: "soon": spec.at in body must be of type date-time: "soon"',
    true,
  ],
  ['too few', { tags: [] }, 'spec.tags: Invalid value: 0: spec.tags in body should have at least 1 items', false],
  ['too many', { tags: ['a', 'b', 'c'] }, 'spec.tags: Too many: 3: must have at most 2 items', true],
  [
    'an item',
    { tags: [1] },
    'spec.tags[0]: Invalid value: "integer": spec.tags[0] in body must be of type string: "integer"',
    true,
  ],
  [
    'a member',
    { labels: { a: 1 } },
    'spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"',
    true,
  ],
  [
    'a list for an object',
    { inner: [] },
    'spec.inner: Invalid value: "array": spec.inner in body must be of type object: "array"',
    true,
  ],
];

/** Custom resources: what their schema makes of them. */
export const CRD_CASES: Case[] = [
  {
    name: 'a custom resource is pruned and gets its defaults',
    async run(kit) {
      const path = await things(kit);
      const spec = { name: 'a', count: null, inner: {}, unknown: 1, free: { any: [1], known: { more: 1 } } };
      const made = await kit.post(path, thing(kit, spec));
      const expected = {
        name: 'a',
        count: 3,
        share: '25%',
        colour: 'red',
        inner: { deep: 1 },
        free: { any: [1], known: { deep: 1 } },
      };
      expect(made.spec).toEqual(expected);
      expect((await kit.get(`${path}/x`)).spec).toEqual(expected);
    },
  },
  {
    name: 'a custom resource that its schema does not allow is refused, field by field',
    async run(kit) {
      const path = await things(kit);
      for (const [_what, spec, words, blocking] of WRONG) {
        const said = await wrong(kit, path, { name: 'a', ...spec });
        expect(said).toEqual(blocking ? [words, UNCHECKED] : [words]);
      }
      expect(await wrong(kit, path, {})).toEqual(['spec.name: Required value', UNCHECKED]);
    },
  },
  {
    name: 'unknown fields of a custom resource are refused where the client wants to hear of them',
    async run(kit) {
      const path = await things(kit);
      const body = thing(kit, { name: 'a', foo: 1, inner: { bar: 2 } });
      const error = await kit.refused(kit.post(path, body, { fieldValidation: 'Strict' }));
      expect([error.code, error.message]).toEqual([
        400,
        'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.foo", unknown field "spec.inner.bar"',
      ]);
    },
  },
  {
    name: 'rules in CEL hold for a create, and for an update those of the old value, too',
    async run(kit) {
      const path = await things(kit);
      const shown = kit.version === '1.34' ? '"object": ' : '';
      expect(await wrong(kit, path, { name: 'a', count: 7 })).toEqual([`spec: Invalid value: ${shown}not seven`]);
      const text = kit.version === '1.34' ? '"string"' : '"5x"';
      expect(await wrong(kit, path, { name: 'a', wait: '5x' })).toEqual([
        `spec.wait: Invalid value: ${text}: a duration such as 5s`,
      ]);
      await kit.post(path, thing(kit, { name: 'a', wait: '5s' }));
      const error = await kit.refused(kit.patch(`${path}/x`, { spec: { name: 'b' } }, MERGE));
      expect(error.causes.map(({ message }) => message)).toEqual([`Invalid value: ${shown}name is immutable`]);
      await kit.patch(`${path}/x`, { spec: { count: 4 } }, MERGE);
    },
  },
  {
    name: 'the status of a custom resource is written by its subresource, pruned and checked, and makes no generation',
    async run(kit) {
      const path = await things(kit);
      await kit.post(path, thing(kit, { name: 'a' }));
      const status = { phase: 'Good', other: 1 };
      await kit.patch(`${path}/x/status`, { spec: { count: 9 }, status }, MERGE);
      const after = await kit.get(`${path}/x`);
      expect([at(after, 'spec').count, after.status, at(after, 'metadata').generation]).toEqual([
        3,
        { phase: 'Good' },
        1,
      ]);
      await kit.patch(`${path}/x`, { spec: { count: 4 }, status: { phase: 'Bad' } }, MERGE);
      const edited = await kit.get(`${path}/x`);
      expect([edited.status, at(edited, 'metadata').generation]).toEqual([{ phase: 'Good' }, 2]);
      const error = await kit.refused(kit.patch(`${path}/x/status`, { status: { phase: 'Worse' } }, MERGE));
      expect(error.causes.map(({ message }) => message)[0]).toBe(
        'Unsupported value: "Worse": supported values: "Good", "Bad"',
      );
    },
  },
  {
    name: 'a uid in a write of a custom status is no condition, one in a JSON patch is',
    async run(kit) {
      const path = await things(kit);
      await kit.post(path, thing(kit, { name: 'a' }));
      const uid = '00000000-0000-0000-0000-000000000000';
      await kit.patch(`${path}/x/status`, { metadata: { uid }, status: { phase: 'Good' } }, MERGE);
      const patch = [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'add', path: '/status', value: { phase: 'Bad' } },
      ];
      const error = await kit.refused(kit.patch(`${path}/x/status`, patch, JSON_PATCH));
      expect([error.code, error.reason]).toEqual([422, 'Invalid']);
      expect([error.message, error.causes]).toEqual([
        'the server rejected our request due to an error in our request',
        [],
      ]);
      expect((await kit.get(`${path}/x`)).status).toEqual({ phase: 'Good' });
    },
  },
];
