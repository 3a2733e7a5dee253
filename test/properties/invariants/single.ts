import { annotationOf } from '../facts.ts';
import type { Truth } from '../truth.ts';
import type { Rule } from './rule.ts';

/** Two executors never act on one set: who acts holds the Lease. Edits of the record's spec are anyone's. */
export const single: Rule = {
  name: 'single',
  taken({ pod, by }, truth) {
    return by === 'controller' ? null : stranger(by, truth, `took ${pod.name}`);
  },
  wrote({ before, after, user, write }, truth) {
    const acted =
      before.generation !== after.generation ||
      write.before === null ||
      write.after === null ||
      annotationOf(write.before, 'status') !== annotationOf(write.after, 'status');
    return acted ? stranger(user, truth, 'wrote the set') : null;
  },
};

function stranger(user: string, { holder }: Truth, did: string): string | null {
  return holder === user || holder === '' ? null : `${user} ${did} while ${holder} held the Lease`;
}
