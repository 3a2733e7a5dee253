import { Box } from 'ink';
import { formatDuration } from '../../rollout/duration.ts';
import type { GlyphSet } from '../pod-state.ts';
import { clockTime, pad, width } from '../text.ts';
import type { PodSpan, TimelineView } from '../timeline.ts';
import { Line } from './line.tsx';
import { Text } from './styled.tsx';
import { QUIET, STATE_STYLES } from './theme.ts';
import { STAGE_GLYPHS, spanBar, timelineLayout } from './timeline-layout.ts';

interface TimelineProps {
  timeline: TimelineView;
  columns: number;
  lines: number;
  /** The first pod shown. */
  first: number;
  glyphs: GlyphSet;
}

/** How long each pod was down and what it waited for, in the place of the pods. */
export function TimelinePanel({ timeline, columns, lines, first, glyphs }: TimelineProps) {
  const { head, rows, above, below } = timelineLayout(timeline, { columns, lines, first, glyphs });
  const names = timeline.pods.reduce((most, { name }) => Math.max(most, width(name)), 0);
  const scaleMs = timeline.pods.reduce((most, { wholeMs }) => Math.max(most, wholeMs), 1);
  return (
    <Box flexDirection="column" flexShrink={0} height={lines} overflow="hidden">
      {head.map(({ id, label, text }) => (
        <Line key={id}>
          <Text {...QUIET}>{label}</Text>
          {text}
        </Line>
      ))}
      {rows.map((span) => (
        <SpanRow key={span.name} span={span} names={names} scaleMs={scaleMs} columns={columns} glyphs={glyphs} />
      ))}
      <Line>
        <Text {...QUIET}>{outside(timeline, above, below)}</Text>
      </Line>
    </Box>
  );
}

const WHOLE = 7;
const CLOCK = 8;

interface SpanRowProps {
  span: PodSpan;
  names: number;
  scaleMs: number;
  columns: number;
  glyphs: GlyphSet;
}

function SpanRow({ span, names, scaleMs, columns, glyphs }: SpanRowProps) {
  const name = Math.min(names, Math.floor(columns / 3));
  const room = columns - 2 - name - 1 - WHOLE - 2 - CLOCK - 2;
  const style = STATE_STYLES[span.done ? 'updated' : 'starting'];
  return (
    <Line>
      {`  ${pad(span.name, name)} `}
      <Text {...(span.done ? {} : style)}>
        {pad(formatDuration(Math.round(span.wholeMs / 1000) * 1000), WHOLE, 'start')}
      </Text>
      <Text {...QUIET}>{`  ${pad(span.goneAt === null ? '' : clockTime(span.goneAt), CLOCK)}  `}</Text>
      {spanBar(span, scaleMs, Math.max(1, room)).map(({ stage, length }) => (
        <Text key={stage} {...(stage === 'terminate' || stage === 'soak' ? QUIET : style)}>
          {STAGE_GLYPHS[glyphs][stage].repeat(length)}
        </Text>
      ))}
    </Line>
  );
}

function outside({ pods }: TimelineView, above: number, below: number): string {
  if (pods.length === 0) return '  no pod has been replaced since we look';
  const parts = [above > 0 ? `${above} later ones above` : '', below > 0 ? `${below} earlier ones below` : ''];
  return `  ${parts.filter((part) => part !== '').join(', ')}`;
}
