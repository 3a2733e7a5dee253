import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/rollout/json.ts';
import { applyMergePatch, mergePatch } from '../../src/rollout/merge-patch.ts';
import { mergePatch as applied } from '../../src/simulator/patch.ts';

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 }));
const names = fc.constantFrom('a', 'b', 'c');
const { object } = fc.letrec<{ object: JsonObject; value: JsonObject | number }>((tie) => ({
  object: fc.dictionary(names, tie('value'), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>,
  value: fc.oneof({ maxDepth: 3 }, leaf as fc.Arbitrary<number>, tie('object')),
}));

it('makes the one of the other', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = mergePatch(before, after);
      expect(patch === null ? before : applied(before, patch)).toEqual(after);
      expect(applyMergePatch(before, patch ?? {})).toEqual(after);
    }),
  );
});

it('is null where nothing is new', () => {
  fc.assert(
    fc.property(object, (same) => {
      expect(mergePatch(same, structuredClone(same))).toBeNull();
    }),
  );
});

it('takes what is gone away, and leaves out what stays', () => {
  expect(mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1 }, e: [1, 2] })).toEqual({
    a: null,
    b: { d: null },
    e: [1, 2],
  });
});
