import { Environment } from '@marcbachmann/cel-js';
import { expect, it } from 'vitest';
import { LuaFactory } from 'wasmoon';
import { parse } from 'yaml';
import type { ResourceStatus } from '../../src/rollout/resource-status.ts';
import { read } from './pages.ts';

const yaml = [...read('docs/gitops.md').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(([, , text = '']) =>
  parse(text),
);

const at = '2026-11-29T12:00:00Z';
const said = (type: 'Progressing' | 'Degraded', holds: boolean, message = '') => ({
  type,
  status: holds ? ('True' as const) : ('False' as const),
  reason: 'R',
  message,
  lastTransitionTime: at,
});
const moves = said('Progressing', true, 'web-3 starts');
const rests = said('Progressing', false);
const well = said('Degraded', false);
const GENERATION = 4;
const status = (more: ResourceStatus): ResourceStatus => ({ observedGeneration: GENERATION, ...more });

/** The resource, what Argo CD is to show of it, and what Flux is to make of it. */
const CASES: [string, ResourceStatus | null, string, 'inProgress' | 'failed' | 'current'][] = [
  ['nobody has looked at it', null, 'Progressing: waits for the operator', 'inProgress'],
  [
    'an edit is not seen yet',
    { observedGeneration: 3, conditions: [rests, well] },
    'Progressing: waits for the operator',
    'inProgress',
  ],
  ['it moves', status({ phase: 'Progressing', conditions: [moves, well] }), 'Progressing: web-3 starts', 'inProgress'],
  [
    'a step is reached',
    status({ phase: 'Paused', reason: 'StepReached', message: 'step 1 of 3', conditions: [rests, well] }),
    'Suspended: step 1 of 3',
    'current',
  ],
  [
    'a pod fails',
    status({ phase: 'Paused', reason: 'PodFailed', conditions: [rests, said('Degraded', true, 'web-3 crashes')] }),
    'Degraded: web-3 crashes',
    'failed',
  ],
  [
    'it was rolled back',
    status({ phase: 'RolledBack', conditions: [rests, well] }),
    'Degraded: rolled back: the version asked for does not run',
    'failed',
  ],
  ['it is complete', status({ phase: 'Complete', conditions: [rests, well] }), 'Healthy: Complete', 'current'],
  ['there was no rollout yet', status({ conditions: [rests, well] }), 'Healthy: held', 'current'],
];

it.each(CASES)("Argo CD's health check: %s", async (_what, given, expected) => {
  const [script] = yaml.flatMap(({ data = {} }) =>
    Object.entries(data)
      .filter(([key]) => key.includes('.health.'))
      .map(([, lua]) => lua),
  );
  const lua = await new LuaFactory().createEngine();
  try {
    const health = await lua.doString(
      `obj = ${luaOf({ metadata: { generation: GENERATION }, ...(given === null ? {} : { status: given }) })}\n${script}`,
    );
    expect(`${health.status}: ${health.message}`).toBe(expected);
  } finally {
    lua.global.close();
  }
});

it.each(CASES.filter(([, given]) => given !== null))("Flux's health check: %s", (_what, given, _argo, expected) => {
  const [rules] = yaml.flatMap(({ spec }) => spec?.healthCheckExprs ?? []);
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  const context = { metadata: { generation: GENERATION }, status: given };
  // in the order in which Flux asks
  const first = ['inProgress', 'failed', 'current'].find((name) => environment.evaluate(rules[name], context) === true);
  expect(first).toBe(expected);
});

/** A table, as Argo CD hands the object over. */
function luaOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `[${JSON.stringify(key)}] = ${luaOf(each)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}
