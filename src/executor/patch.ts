import { annotationPath, checkSize } from '../cluster/record-store.ts';
import type { JsonPatchOperation } from '../cluster/writes.ts';
import type { WriteAction } from '../rollout/decision.ts';
import { isObject, type Json } from '../rollout/json.ts';
import {
  ANNOTATIONS,
  type Fence,
  type RecordOrigin,
  type RecordSpec,
  type RecordStatus,
  type RolloutRecord,
} from '../rollout/record.ts';

/** What a strategy of ours looks like in a StatefulSet. maxUnavailable is left out: we do not depend on it (design, F7). */
export function strategyValue(fence: Fence): Json {
  return fence.type === 'OnDelete'
    ? { type: 'OnDelete' }
    : { type: 'RollingUpdate', rollingUpdate: { partition: fence.partition ?? 0 } };
}

/**
 * One write of the set, whole or not at all: refused by the API server where the generation is another one meanwhile
 * (status writes do not bump it), and with our annotations in the same object revision as the strategy.
 * @throws RecordError where the annotations would be more than the API server takes
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
  const wanted = wantedAnnotations(action, record);
  checkSize(rawSet, wanted);
  if (annotations === null) operations.push({ op: 'add', path: '/metadata/annotations', value: {} });
  for (const [name, value] of Object.entries(wanted)) {
    if (annotations?.[name] !== value) operations.push({ op: 'add', path: annotationPath(name), value });
  }
  return operations;
}

function wantedAnnotations(action: WriteAction, record: RolloutRecord): Record<string, string> {
  const status = { [ANNOTATIONS.status]: JSON.stringify(record.status) };
  // only these begin a rollout; later ones must not undo an edit of the spec that they have not seen
  const begins = action.what === 'start' || action.what === 'settle';
  return begins ? { ...status, ...annotationsOfRecord(record.spec, record.origin) } : status;
}

/** What is written once, when a rollout begins; the status comes on top, and is small. */
export function annotationsOfRecord(spec: RecordSpec, origin: RecordOrigin | null): Record<string, string> {
  return { [ANNOTATIONS.spec]: JSON.stringify(spec), [ANNOTATIONS.origin]: JSON.stringify(origin) };
}

export function annotationsOf(rawSet: Json): Record<string, Json> | null {
  if (!isObject(rawSet) || !isObject(rawSet.metadata)) return null;
  return isObject(rawSet.metadata.annotations) ? rawSet.metadata.annotations : null;
}
