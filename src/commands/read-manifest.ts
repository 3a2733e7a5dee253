import { parseAllDocuments } from 'yaml';
import { UsageError } from '../rollout/errors.ts';
import type { Json } from '../rollout/json.ts';
import { type Manifest, manifestOf } from '../rollout/manifest.ts';

/** Warnings would go to standard error by themselves, past the one place where errors are told. */
const QUIET = { logLevel: 'error' } as const;

/**
 * A StatefulSet from YAML or JSON.
 * @param source how to name the file to people
 * @throws UsageError where the text is neither, or holds anything else
 */
export function readManifest(text: string, source: string): Manifest {
  const objects: Json[] = [];
  for (const document of parseAllDocuments(text, QUIET)) {
    const error = 'errors' in document ? document.errors[0] : undefined;
    if (error !== undefined) throw new UsageError(`${source} is not YAML: ${error.message.split('\n')[0]}`);
    const value: Json = document.toJS();
    if (value !== null) objects.push(value);
  }
  return manifestOf(objects, source);
}
