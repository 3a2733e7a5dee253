import { Box } from 'ink';
import { GLYPHS, type GlyphSet, POD_STATES, STATE_WORDS } from '../pod-state.ts';
import { KEY_HELP } from './key-map.ts';
import { Line } from './line.tsx';
import { Text } from './styled.tsx';
import { KEY, STATE_STYLES } from './theme.ts';

/** Instead of the pods: what the keys do, and what the glyphs say. At most `lines` lines; the keys come first. */
export function Help({ lines, glyphs }: { lines: number; glyphs: GlyphSet }) {
  const legend = POD_STATES.filter((state) => state !== 'soaking' && state !== 'missing').map((state) => ({
    state,
    glyph: GLYPHS[glyphs][state],
    text: state === 'going' ? 'terminating, or not created yet' : STATE_WORDS[state],
  }));
  const gap = KEY_HELP.length + legend.length + 1 <= lines;
  const room = Math.max(0, lines - KEY_HELP.length - (gap ? 1 : 0));
  return (
    <Box flexDirection="column" flexShrink={0} height={lines} overflow="hidden">
      {KEY_HELP.slice(0, lines).map(({ keys, text }) => (
        <Line key={keys}>
          <Text {...KEY}>{keys.padEnd(9)}</Text>
          {text}
        </Line>
      ))}
      {gap ? <Line /> : null}
      {room >= legend.length
        ? legend.map(({ state, glyph, text }) => (
            <Line key={state}>
              <Text {...STATE_STYLES[state]}>{glyph.padEnd(9)}</Text>
              {text}
            </Line>
          ))
        : chunks(legend, Math.ceil(legend.length / Math.max(1, Math.min(room, 2))))
            .slice(0, room)
            .map((part) => (
              <Line key={part[0]?.state}>
                {part.map(({ state, glyph }) => (
                  <Text key={state}>
                    <Text {...STATE_STYLES[state]}>{glyph}</Text>
                    {` ${SHORT[state]}   `}
                  </Text>
                ))}
              </Line>
            ))}
    </Box>
  );
}

const SHORT = {
  updated: 'updated',
  starting: 'starting',
  soaking: 'soaking',
  going: 'going',
  missing: 'missing',
  old: 'old',
  unready: 'old, not Ready',
  broken: 'broken',
  stray: 'out of turn',
} as const;

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
