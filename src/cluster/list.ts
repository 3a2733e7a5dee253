import { isObject, type JsonObject } from '../rollout/json.ts';
import type { Api } from './api.ts';
import { listAt, textAt } from './fields.ts';
import { isStatus } from './words.ts';

const CHUNK = 500;

export interface ListOptions {
  path: string;
  query?: Record<string, string>;
  signal?: AbortSignal;
  /** What is kept of each object; all, where it is left out. */
  keep?: (object: JsonObject) => JsonObject;
}

/** What one list answered. */
export interface Listed {
  items: JsonObject[];
  /** Of the whole: a watch from here on misses nothing. */
  version: string;
}

/** All objects of one list, as of one version, read in chunks of 500. */
export async function listAll(api: Api, options: ListOptions): Promise<Listed> {
  try {
    return await inChunks(api, options);
  } catch (error) {
    if (!(error instanceof ContinueExpired)) throw error;
    // the snapshot was compacted under our hands: once more, in one piece, as client-go's pager does
    const { items, version } = await page(api, options, {});
    return { items, version };
  }
}

class ContinueExpired extends Error {}

async function inChunks(api: Api, options: ListOptions): Promise<Listed> {
  let found = await page(api, options, { limit: String(CHUNK) });
  const items = found.items;
  while (found.next !== '') {
    found = await page(api, options, { limit: String(CHUNK), continue: found.next }).catch((error: unknown) => {
      throw isStatus(error, 410) ? new ContinueExpired() : error;
    });
    items.push(...found.items);
  }
  return { items, version: found.version };
}

async function page(api: Api, { path, query, signal, keep }: ListOptions, more: Record<string, string>) {
  const answer = await api.request({
    method: 'GET',
    path,
    query: { ...query, ...more },
    ...(signal ? { signal } : {}),
  });
  if (!isObject(answer) || !('items' in answer)) throw new Error(`${path} did not answer with a list`);
  const items = listAt(answer, 'items');
  return {
    items: keep === undefined ? items : items.map(keep),
    version: textAt(answer, 'metadata', 'resourceVersion'),
    next: textAt(answer, 'metadata', 'continue'),
  };
}
