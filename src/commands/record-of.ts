import { readRecord } from '../cluster/record-store.ts';
import { RefusedError } from '../rollout/errors.ts';
import type { Json } from '../rollout/json.ts';
import type { RolloutRecord } from '../rollout/record.ts';

/** @throws RefusedError where the set carries no rollout of ours */
export function recordOf(raw: Json, ref: { namespace: string; name: string }): RolloutRecord {
  const record = readRecord(raw);
  if (record !== null) return record;
  throw new RefusedError(
    `sts/${ref.name} in ${ref.namespace} has no rollout of this tool. Begin one: kubectl bedrock rollout sts/${ref.name} -n ${ref.namespace} --image ...`,
  );
}
