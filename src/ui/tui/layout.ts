import { truncate, width, wrap } from '../text.ts';
import type { BannerView, View } from '../view.ts';

export interface Size {
  columns: number;
  rows: number;
}

/** Below this nothing sensible fits. From 60x16 up everything has its place. */
export const SMALLEST: Size = { columns: 50, rows: 12 };

const HEAD_LINES = 4;
const KEY_LINE = 1;
/** Three pods, and the line above them. */
const SMALLEST_BODY = 4;

/** Lines for each part of the screen; together they are the window's. */
export interface Layout {
  tooSmall: boolean;
  columns: number;
  rows: number;
  /** Blank lines between the parts. */
  roomy: boolean;
  banner: BannerLine[];
  blockers: number;
  events: number;
  question: string[];
}

export interface BannerLine {
  part: 'title' | 'detail' | 'state' | 'choice';
  text: string;
  /** Of a choice. */
  key?: string;
}

/**
 * Gives the lines of the window away: head, alarm and keys first, the pods what is left, the rest what they do not need.
 * @param make the pods, in so many lines at most
 */
export function layoutOf<Body extends { height: number }>(
  view: View,
  size: Size,
  question: string | null,
  make: (room: number) => Body,
): { layout: Layout; body: Body } {
  const { columns, rows } = size;
  const roomy = rows >= 22;
  const gap = roomy ? 1 : 0;
  const questionLines = question === null ? [] : wrap(question, columns - 2).slice(0, 3);
  const asked = questionLines.length === 0 ? 0 : questionLines.length + 1;
  // a question says what it is about itself: the alarm gives way to it, the pods do not
  const most = Math.max(2, Math.floor(rows * 0.4) - asked);
  const banner = view.banner === null ? [] : bannerLines(view.banner, columns, most);
  const bannerHeight = banner.length === 0 ? 0 : banner.length + gap;
  const fixed = HEAD_LINES + gap + bannerHeight + gap + asked + KEY_LINE;
  const spare = rows - fixed;
  // a line of news at least, whatever the pods want
  const leastInfo = Math.max(1, Math.min(roomy ? 3 : 2, spare - SMALLEST_BODY - 1));
  const body = make(Math.max(0, spare - leastInfo));
  const info = spare - body.height;
  const blockers = Math.min(
    view.blockers.length,
    Math.max(info - 1, view.blockers.length > 0 && info === 1 && banner.length === 0 ? 1 : 0),
    roomy ? 4 : 1,
  );
  const layout = {
    tooSmall: columns < SMALLEST.columns || rows < SMALLEST.rows,
    columns,
    rows,
    roomy,
    banner,
    blockers,
    events: Math.max(0, info - blockers),
    question: questionLines,
  };
  return { layout, body };
}

/** Title first, then what each key does, then how it stands, then the details: of what does not fit, the last goes. */
function bannerLines(banner: BannerView, columns: number, most: number): BannerLine[] {
  const inner = columns - 4;
  const cut = (text: string, lines: number) => {
    const wrapped = wrap(text, inner);
    if (wrapped.length <= lines) return wrapped;
    const kept = wrapped.slice(0, lines);
    return kept.map((line, index) => (index === lines - 1 ? truncate(`${line} …`, inner) : line));
  };
  const title = cut(banner.title, 2).map((text): BannerLine => ({ part: 'title', text }));
  let left = most - title.length;
  const choices = banner.choices
    .slice(0, Math.max(0, left))
    .map(({ key, text }): BannerLine => ({ part: 'choice', key, text: truncate(text, inner - width(key) - 2) }));
  left -= choices.length;
  const state =
    banner.state === null || left <= 0
      ? []
      : cut(banner.state, Math.min(2, left)).map((text): BannerLine => ({ part: 'state', text }));
  left -= state.length;
  const details: BannerLine[] = [];
  for (const detail of banner.details) {
    const lines = left - details.length;
    if (lines <= 0) break;
    details.push(...cut(detail, Math.min(3, lines)).map((text): BannerLine => ({ part: 'detail', text })));
  }
  return [...title, ...details, ...state, ...choices];
}
