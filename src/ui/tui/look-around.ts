import type { Key } from 'ink';
import type { KeyName } from './key-map.ts';
import { type Body, type BodyState, followsFailure, type Zoom } from './pods/body.ts';
import { moved, rangeAt } from './pods/cursor.ts';
import { SORTS } from './pods/pod-list.ts';
import { scrolled } from './scroll.ts';

/** What the user looks at; nothing of it changes the rollout. */
export interface Sight extends BodyState {
  /** What is typed goes into `find`. */
  typing: boolean;
  /** The ordinal of the pod whose panel is open. */
  panel: number | null;
  /** Its log has the whole panel, and goes on. */
  tail: boolean;
  /** The timeline is open, from this pod of it on. */
  timeline: number | null;
}

export const FIRST_SIGHT: Sight = {
  zoom: null,
  cursor: null,
  find: '',
  sort: 'ordinal',
  range: null,
  typing: false,
  panel: null,
  tail: false,
  timeline: null,
};

/** Pods of the timeline that a page key passes. */
const TIMELINE_PAGE = 10;

const NEXT_ZOOM: Record<Zoom, Zoom> = { rows: 'grid', grid: 'bar', bar: 'rows' };

/** What a key changes of the sight; null where it is no key for that. */
export function lookAround(sight: Sight, key: KeyName, body: Body): Partial<Sight> | null {
  if (key === 'timeline') return { timeline: sight.timeline === null ? 0 : null, panel: null, tail: false };
  if (sight.timeline !== null) {
    if (key === 'no' || key === 'enter') return { timeline: null };
    const total = body.rows.length + TIMELINE_PAGE - 1;
    const timeline = scrolled(key, { first: sight.timeline, visible: TIMELINE_PAGE, total });
    if (timeline !== undefined) return { timeline };
  }
  const cursor = moved(key, body);
  if (sight.panel !== null) {
    if (cursor !== undefined) return { cursor, panel: cursor };
    if (key === 'log') return { tail: !sight.tail };
    if (key === 'no' || key === 'enter') return sight.tail ? { tail: false } : { panel: null };
  } else if (cursor !== undefined) return { cursor };
  switch (key) {
    case 'enter':
      return open(body);
    case 'no':
      return back(sight);
    case 'find':
      return { typing: true, find: '', panel: null, tail: false, timeline: null };
    case 'broken':
      return {
        sort: sight.sort === 'broken' ? 'ordinal' : 'broken',
        cursor: null,
        panel: null,
        tail: false,
        timeline: null,
      };
    case 'sort':
      return { sort: SORTS[(SORTS.indexOf(sight.sort) + 1) % SORTS.length] ?? 'ordinal', cursor: null };
    case 'zoom':
      return { zoom: NEXT_ZOOM[body.zoom], sort: 'ordinal', range: null, panel: null, tail: false, timeline: null };
    case 'follow':
      return { cursor: null, range: null };
    default:
      return null;
  }
}

/** A range opens into its pods, a pod into its panel. */
function open(body: Body): Partial<Sight> | null {
  if (body.at === null) return null;
  if (body.zoom !== 'bar' || followsFailure(body) !== null) return { panel: body.at.ordinal, cursor: body.at.ordinal };
  return { range: rangeAt(body), zoom: null };
}

/** One step back of what was asked for last. */
function back(sight: Sight): Partial<Sight> | null {
  if (sight.find !== '') return { find: '' };
  if (sight.range !== null) return { range: null };
  if (sight.sort !== 'ordinal') return { sort: 'ordinal' };
  return sight.cursor === null ? null : { cursor: null };
}

/** Longer than every name: what a paste leaves must not fill the line. */
const LONGEST_FIND = 60;

/** What is typed after `/`: Enter keeps what was found, Escape shows all again. */
export function typed(sight: Sight, input: string, key: Key): Partial<Sight> {
  if (key.return) return { typing: false };
  if (key.escape) return { typing: false, find: '' };
  if (key.backspace || key.delete) return { find: [...sight.find].slice(0, -1).join('') };
  // a slow line may bring several keys at once
  const [text = '', ...entered] = input.split(/[\r\n]/);
  const ended = entered.length > 0 ? { typing: false } : {};
  const printable = key.ctrl || key.meta ? '' : text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '');
  if (printable === '') return ended;
  return { ...ended, find: `${sight.find}${printable}`.slice(0, LONGEST_FIND), cursor: null };
}

/** A chunk of input that begins to find, and goes on with what; any other chunk as it is. */
export function splitFind(input: string): [first: string, rest: string] {
  return input.startsWith('/') ? ['/', input.slice(1)] : [input, ''];
}
