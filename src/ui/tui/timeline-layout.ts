import { STAGES, type Stage } from '../../rollout/timing.ts';
import type { GlyphSet } from '../pod-state.ts';
import { wrap } from '../text.ts';
import type { PodSpan, TimelineView } from '../timeline.ts';

/** A stage is told by its glyph, not by a colour. */
export const STAGE_GLYPHS: Record<GlyphSet, Record<Stage, string>> = {
  unicode: { terminate: '╌', schedule: '·', pull: '▒', start: '█', soak: '░', gates: '┄' },
  ascii: { terminate: '-', schedule: '.', pull: '=', start: '#', soak: ':', gates: '+' },
};

export interface TimelineLayout {
  /** What the pods say together, and what their bars mean. */
  head: { id: string; label: string; text: string }[];
  /** Pods shown. */
  rows: PodSpan[];
  above: number;
  below: number;
}

const LABEL = 12;
const INDENT = 2;
/** Pods shown at the least, where there is room for the words at all. */
const FEWEST_PODS = 3;

/** The lines of the timeline in so many lines at most, from the pod `first` on. */
export function timelineLayout(
  timeline: TimelineView,
  { columns, lines, first, glyphs }: { columns: number; lines: number; first: number; glyphs: GlyphSet },
): TimelineLayout {
  const room = Math.max(10, columns - INDENT - LABEL);
  const words = [...timeline.lines, { label: 'stages', text: legend(glyphs) }].flatMap(({ label, text }, index) =>
    wrap(text, room).map((part, number) => ({
      id: `${index} ${number}`,
      label: `${' '.repeat(INDENT)}${(number === 0 ? label : '').padEnd(LABEL)}`,
      text: part,
    })),
  );
  const head = words.slice(0, Math.max(0, lines - FEWEST_PODS - 1));
  // a line tells how many pods are outside
  const visible = Math.max(0, lines - head.length - 1);
  const from = Math.max(0, Math.min(first, timeline.pods.length - visible));
  const rows = timeline.pods.slice(from, from + visible);
  return { head, rows, above: from, below: timeline.pods.length + timeline.earlier - from - rows.length };
}

const SHORT: Record<Stage, string> = {
  terminate: 'stop',
  schedule: 'node',
  pull: 'pull',
  start: 'start',
  soak: 'soak',
  gates: 'gates',
};

function legend(glyphs: GlyphSet): string {
  return STAGES.map((stage) => `${STAGE_GLYPHS[glyphs][stage]} ${SHORT[stage]}`).join('  ');
}

/** A pod's stages as pieces of a bar that is `columns` long for `scaleMs`; no stage that was is left out while there is room. */
export function spanBar(span: PodSpan, scaleMs: number, columns: number): { stage: Stage; length: number }[] {
  const all = Math.max(1, Math.round((span.wholeMs / scaleMs) * columns));
  let passed = 0;
  let drawn = 0;
  return span.stages.flatMap(({ stage, ms }) => {
    passed += ms;
    const end = span.wholeMs === 0 ? 0 : Math.round((passed / span.wholeMs) * all);
    const length = end - drawn;
    drawn = end;
    return length <= 0 ? [] : [{ stage, length }];
  });
}
