import type { Picture } from './picture.ts';
import { statesOf } from './states.ts';
import type { Counts, RowView } from './view.ts';

/** Counts what the rows show; pods outside the set's range are no part of it. */
export function countsOf(picture: Picture, rows: readonly RowView[]): Counts {
  // rows and slots are in order, from the highest ordinal down: pods outside the range are the first and the last
  const highest = picture.slots[0]?.ordinal ?? -1;
  const above = picture.slots.length === rows.length ? 0 : rows.findIndex(({ ordinal }) => ordinal <= highest);
  const counts = { replicas: 0, updated: 0, onTheWay: 0, old: 0, oldUnready: 0, broken: 0, outOfTurn: 0 };
  for (const state of statesOf(rows).slice(above, above + picture.slots.length)) {
    counts.replicas += 1;
    switch (state) {
      case 'updated':
        counts.updated += 1;
        break;
      case 'old':
        counts.old += 1;
        break;
      case 'unready':
        counts.old += 1;
        counts.oldUnready += 1;
        break;
      case 'broken':
        counts.broken += 1;
        break;
      case 'stray':
        counts.outOfTurn += 1;
        break;
      default:
        counts.onTheWay += 1;
    }
  }
  return { ...counts, ...wordsOf(counts, picture.back) };
}

function wordsOf(counts: Omit<Counts, 'words' | 'shortWords'>, back: boolean): Pick<Counts, 'words' | 'shortWords'> {
  const unready = counts.oldUnready > 0 ? ` (${counts.oldUnready} not Ready)` : '';
  const done = back ? 'restored' : 'updated';
  const left = back ? 'still new' : 'old';
  const first = `${counts.updated} of ${counts.replicas} ${done}`;
  const stray = counts.outOfTurn > 0 ? [`${counts.outOfTurn} out of turn`] : [];
  const all = [
    first,
    `${counts.onTheWay} on the way`,
    `${counts.old} ${left}${unready}`,
    `${counts.broken} broken`,
    ...stray,
  ];
  const some = [
    first,
    ...(counts.onTheWay > 0 ? [`${counts.onTheWay} on the way`] : []),
    ...(counts.broken > 0 ? [`${counts.broken} broken`] : []),
    ...stray,
  ];
  return { words: all, shortWords: some };
}
