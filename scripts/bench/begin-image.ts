import type { Json } from '../../src/rollout/json.ts';
import { RECORD_SCHEMA_VERSION, type RecordOrigin, type RecordSpec, specSchema } from '../../src/rollout/record.ts';
import { mapContainers } from '../../src/rollout/template.ts';

/**
 * What begins a rollout of another image, of a set that is rolled out natively by itself.
 * @param before the set's template, and the revision that it is
 */
export function beginImage(
  before: Json,
  revision: string,
  image: string,
  pace: { maxUnavailable: string; minReady: string },
): { spec: RecordSpec; origin: RecordOrigin } {
  const spec = specSchema.parse({
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: image,
    target: { kind: 'image', summary: image, template: mapContainers(before, (each) => ({ ...each, image })) },
    ...pace,
  });
  const origin: RecordOrigin = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    rolloutIdentity: image,
    revision,
    template: before,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  };
  return { spec, origin };
}
