import { readRecord } from '../cluster/record-store.ts';
import { canonical, type Json } from '../rollout/json.ts';
import { ANNOTATIONS, type RolloutRecord } from '../rollout/record.ts';
import { annotationsOf } from './patch.ts';

/** Reads the record of a set; again only where its annotations have changed. */
export class RecordReader {
  #text = '';
  #record: RolloutRecord | null = null;

  /** @throws where an annotation of ours cannot be understood */
  read(rawSet: Json): RolloutRecord | null {
    const annotations = annotationsOf(rawSet);
    const text = canonical(Object.values(ANNOTATIONS).map((name) => annotations?.[name] ?? null));
    if (text !== this.#text) {
      this.#record = readRecord(rawSet);
      this.#text = text;
    }
    return this.#record;
  }
}
