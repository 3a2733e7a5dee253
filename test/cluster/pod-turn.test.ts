import { describe, expect, it } from 'vitest';
import { isTurn } from '../../src/cluster/pod-turn.ts';
import type { JsonObject } from '../../src/rollout/json.ts';

function pod(ready: boolean, more: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const conditions = [
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: ready ? 'True' : 'False' },
  ];
  return { metadata: { uid: 'a', ...metadata }, status: { conditions, ...more } };
}

const modified = (before: JsonObject, object: JsonObject) => isTurn({ type: 'MODIFIED', object, before });

describe('isTurn', () => {
  it('is a pod that comes, goes, begins to go, becomes Ready or is it no more', () => {
    expect(isTurn({ type: 'ADDED', object: pod(false), before: null })).toBe(true);
    const gone = pod(true);
    expect(isTurn({ type: 'DELETED', object: gone, before: gone })).toBe(true);
    expect(modified(pod(true), pod(true, {}, { deletionTimestamp: '2026-11-25T10:00:30Z' }))).toBe(true);
    expect(modified(pod(false), pod(true))).toBe(true);
    expect(modified(pod(true), pod(false))).toBe(true);
  });

  it('is nothing else that changes in a pod', () => {
    expect(modified(pod(true), pod(true, { podIP: '10.0.0.1' }))).toBe(false);
    expect(modified(pod(false), pod(false, { phase: 'Running' }))).toBe(false);
    expect(modified({ metadata: {} }, { metadata: {}, status: {} })).toBe(false);
  });
});
