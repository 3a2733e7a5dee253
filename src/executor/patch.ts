import type { JsonPatchOperation } from '../cluster/writes.ts';
import type { WriteAction } from '../rollout/decision.ts';
import { isObject, type Json } from '../rollout/json.ts';
import { ANNOTATIONS, type Fence, type RecordOrigin, type RecordSpec, type RecordStatus } from '../rollout/record.ts';

/** What a strategy of ours looks like in a StatefulSet. maxUnavailable is left out: we do not depend on it (design, F7). */
export function strategyValue(fence: Fence): Json {
  return fence.type === 'OnDelete'
    ? { type: 'OnDelete' }
    : { type: 'RollingUpdate', rollingUpdate: { partition: fence.partition ?? 0 } };
}

/**
 * One write of the set, whole or not at all: refused by the API server where the generation is another one meanwhile
 * (status writes do not bump it), and with our annotations in the same object revision as the strategy.
 */
export function writePatch(
  rawSet: Json,
  action: WriteAction,
  record: { spec: RecordSpec; status: RecordStatus; origin: RecordOrigin | null },
): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [{ op: 'test', path: '/metadata/generation', value: action.generation }];
  const own = record.origin?.updateStrategy ?? { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  operations.push({
    op: 'add',
    path: '/spec/updateStrategy',
    value: action.strategy === 'own' ? own : strategyValue(action.strategy),
  });
  if (action.template !== undefined && 'replace' in action.template) {
    operations.push({ op: 'replace', path: '/spec/template', value: action.template.replace });
  }
  const annotations = annotationsOf(rawSet);
  if (annotations === null) operations.push({ op: 'add', path: '/metadata/annotations', value: {} });
  const wanted: Record<string, string> = { [ANNOTATIONS.status]: JSON.stringify(record.status) };
  if (action.what === 'start' || action.what === 'settle') {
    // only these begin a rollout; later ones must not undo an edit of the spec that they have not seen
    wanted[ANNOTATIONS.spec] = JSON.stringify(record.spec);
    wanted[ANNOTATIONS.origin] = JSON.stringify(record.origin);
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (annotations?.[name] !== value) operations.push({ op: 'add', path: annotationPath(name), value });
  }
  return operations;
}

export function annotationPath(name: string): string {
  return `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function annotationsOf(rawSet: Json): Record<string, Json> | null {
  if (!isObject(rawSet) || !isObject(rawSet.metadata)) return null;
  return isObject(rawSet.metadata.annotations) ? rawSet.metadata.annotations : null;
}
