import { Box } from 'ink';
import { barCells } from '../bar.ts';
import { GLYPHS, type GlyphSet, type PodState } from '../pod-state.ts';
import { statesOf } from '../states.ts';
import { truncate, width } from '../text.ts';
import type { View } from '../view.ts';
import { Line } from './line.tsx';
import { Text } from './styled.tsx';
import { BAD, QUIET, STATE_STYLES, STRONG, type Style } from './theme.ts';

interface HeadProps {
  view: View;
  columns: number;
  glyphs: GlyphSet;
}

/** Four lines: where we are, what changes, how far it is, how fast. */
export function Head({ view, columns, glyphs }: HeadProps) {
  const { header, change, pace } = view;
  const place = ` ${header.namespace}${header.context === '' ? '' : ` @ ${header.context}`}`;
  const images = change.images.join(', ');
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Sides
        left={[
          { text: header.subject, style: STRONG },
          { text: ` ${place}` },
          ...(header.decidedBy === null ? [] : [{ text: `, by ${header.decidedBy}`, style: QUIET }]),
        ]}
        right={[
          { text: `${header.hands}${DOTS[glyphs]}`, style: QUIET },
          { text: header.connectionWords, style: header.connection === 'live' ? QUIET : BAD },
        ]}
        columns={columns}
      />
      <Sides
        left={[{ text: change.direction === 'back' ? `rolling back: ${images}` : images }]}
        right={[{ text: change.revisions, style: QUIET }]}
        columns={columns}
      />
      <Bar view={view} columns={columns} glyphs={glyphs} />
      <Line>{paceLine(pace, columns)}</Line>
    </Box>
  );
}

/** Where it is narrow: what is left of this step only, then without what is gone, then without the speed. */
function paceLine({ step, speed, time, shortTime, shortLeft, pause }: View['pace'], columns: number): string {
  const join = (gap: string, ...parts: string[]) => parts.filter((part) => part !== '').join(gap);
  const still = join(', ', shortLeft, pause);
  const fits = [
    join('   ', step, speed, time),
    join('  ', step, speed, time),
    join('  ', step, speed, join(', ', shortTime, still)),
    ...(still === '' ? [] : [join('  ', step, speed, still), join('  ', step, still)]),
    join('   ', step, speed, shortTime),
  ].find((line) => width(line) <= columns);
  return fits ?? join('  ', step, speed, shortTime);
}

interface Span {
  text: string;
  style?: Style;
}

/** The right side gives way to the left one, but never all of it. */
function Sides({ left, right, columns }: { left: Span[]; right: Span[]; columns: number }) {
  const rightWidth = Math.min(spanWidth(right), Math.max(columns - spanWidth(left) - 2, Math.floor(columns / 2)));
  const leftWidth = columns - rightWidth - 2;
  const [shownLeft, shownRight] = [clip(left, leftWidth), clip(right, rightWidth)];
  const gap = columns - spanWidth(shownLeft) - spanWidth(shownRight);
  return (
    <Line>
      <Spans spans={shownLeft} />
      {' '.repeat(Math.max(0, gap))}
      <Spans spans={shownRight} />
    </Line>
  );
}

function Spans({ spans }: { spans: Span[] }) {
  return spans.map((span) => (
    <Text key={span.text} {...span.style}>
      {span.text}
    </Text>
  ));
}

function spanWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + width(span.text), 0);
}

function clip(spans: readonly Span[], columns: number): Span[] {
  let left = columns;
  return spans.flatMap((span) => {
    const text = truncate(span.text, Math.max(0, left));
    left -= width(text);
    return text === '' ? [] : [{ ...span, text }];
  });
}

const DOTS: Record<GlyphSet, string> = { unicode: ' · ', ascii: ', ' };
const LONGEST_BAR = 60;
const SHORTEST_BAR = 8;

function Bar({ view, columns, glyphs }: HeadProps) {
  const { counts, rows } = view;
  const room = (words: string) => columns - widestWords(words, counts.replicas) - 3;
  const all = counts.words.join(DOTS[glyphs]);
  const words = room(all) >= Math.min(SHORTEST_BAR, rows.length) ? all : counts.shortWords.join(DOTS[glyphs]);
  const cells = barCells(statesOf(rows), Math.min(LONGEST_BAR, room(words)));
  return (
    <Line>
      {runs(cells).map(({ state, length, from }) => (
        <Text key={from} {...STATE_STYLES[state]}>
          {GLYPHS[glyphs][state].repeat(length)}
        </Text>
      ))}
      {cells.length === 0 ? '' : '   '}
      {words}
    </Line>
  );
}

/** As wide as with the largest counts: the bar must not change its length while they grow. */
function widestWords(words: string, replicas: number): number {
  const digits = String(replicas).length;
  return width(words.replaceAll(/\d+/g, (number) => number.padStart(digits)));
}

/** Equal neighbours together: a coloured piece each. */
function runs(cells: readonly PodState[]): { state: PodState; length: number; from: number }[] {
  const found: { state: PodState; length: number; from: number }[] = [];
  cells.forEach((state, index) => {
    const last = found.at(-1);
    if (last?.state === state) last.length += 1;
    else found.push({ state, length: 1, from: index });
  });
  return found;
}
