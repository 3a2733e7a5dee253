import { Box } from 'ink';
import { GLYPHS, type GlyphSet } from '../pod-state.ts';
import type { BannerView } from '../view.ts';
import type { BannerLine } from './layout.ts';
import { Line } from './line.tsx';
import { Text } from './styled.tsx';
import { KEY, TONE_STYLES } from './theme.ts';

interface BannerProps {
  tone: BannerView['tone'];
  lines: readonly BannerLine[];
  glyphs: GlyphSet;
}

/** The end, a stop or an alarm. */
export function Banner({ tone, lines, glyphs }: BannerProps) {
  const mark = GLYPHS[glyphs][MARKS[tone]];
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((line, index) => (
        <Line key={`${line.part} ${line.key ?? ''} ${line.text}`}>
          <Text {...TONE_STYLES[tone]}>{index === 0 ? `${mark} ` : '  '}</Text>
          {line.key === undefined ? null : <Text {...KEY}>{`${line.key}  `}</Text>}
          <Text {...(line.part === 'title' ? TONE_STYLES[tone] : {})}>{line.text}</Text>
        </Line>
      ))}
    </Box>
  );
}

const MARKS = { alarm: 'broken', calm: 'soaking', good: 'updated' } as const;
