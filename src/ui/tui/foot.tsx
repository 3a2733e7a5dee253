import { Box } from 'ink';
import { clockTime, width } from '../text.ts';
import type { View } from '../view.ts';
import type { Layout } from './layout.ts';
import { Line } from './line.tsx';
import { Text } from './styled.tsx';
import { BAD, KEY, POINTED, QUIET, STRONG, WARNING } from './theme.ts';

export interface Flash {
  at: number;
  text: string;
  bad: boolean;
}

/** What it waits for, and the last news; the answer to a key comes last, next to the keys. */
export function News({ view, layout, flash }: { view: View; layout: Layout; flash: Flash | null }) {
  const blockers = view.blockers.slice(0, layout.blockers);
  const room = layout.events - (flash === null && view.warning === null ? 0 : 1);
  const events = room <= 0 ? [] : view.events.slice(-room);
  return (
    <Box flexDirection="column" flexShrink={0}>
      {blockers.map((blocker, index) => (
        <Line key={`${blocker.code} ${blocker.text}`}>
          <Text {...QUIET}>{index === 0 ? 'waits for   ' : '            '}</Text>
          {blocker.text}
        </Line>
      ))}
      {events.map((event) => (
        <Line key={`${event.at} ${event.kind} ${event.text}`}>
          <Text {...QUIET}>{`${clockTime(event.at)}    ${event.text}`}</Text>
        </Line>
      ))}
      <LastWord flash={flash} warning={view.warning} />
    </Box>
  );
}

/** The answer to a key; where there is none, what is wrong and stops nothing. */
function LastWord({ flash, warning }: { flash: Flash | null; warning: string | null }) {
  if (flash === null && warning === null) return null;
  const style = flash === null ? WARNING : flash.bad ? BAD : STRONG;
  return (
    <Line>
      <Text {...style}>{flash?.text ?? warning}</Text>
    </Line>
  );
}

export interface KeyHint {
  key: string;
  label: string;
  weight?: number;
}

/** Always the last line; where it is narrow, the least needed keys go. */
export function Keys({ keys, columns }: { keys: readonly KeyHint[]; columns: number }) {
  const shown = fitKeys(keys, columns);
  const gap = ' '.repeat(keysWidth(shown, 3) <= columns ? 3 : 2);
  return (
    <Line>
      {shown.map(({ key, label }, index) => (
        <Text key={key}>
          {index === 0 ? '' : gap}
          <Text {...KEY}>{key}</Text>
          {` ${label}`}
        </Text>
      ))}
    </Line>
  );
}

export function fitKeys(keys: readonly KeyHint[], columns: number): KeyHint[] {
  const kept = [...keys];
  while (kept.length > 1 && keysWidth(kept, 2) > columns) {
    const least = kept.reduce((a, b) => ((b.weight ?? 0) < (a.weight ?? 0) ? b : a));
    kept.splice(kept.indexOf(least), 1);
  }
  return kept;
}

function keysWidth(keys: readonly KeyHint[], gap: number): number {
  return keys.reduce((sum, { key, label }) => sum + width(key) + 1 + width(label) + gap, -gap);
}

/** What is typed after `/`, and how many pods that finds. */
export function FindPrompt({
  find,
  found,
  all,
  columns,
}: {
  find: string;
  found: number;
  all: number;
  columns: number;
}) {
  const count = `   ${found} of ${all} pods   `;
  const room = columns - width(count) - width(FIND_KEYS) - 2;
  return (
    <Line>
      <Text {...KEY}>/</Text>
      <Text {...STRONG}>{room < width(find) ? `…${find.slice(-Math.max(0, room - 1))}` : find}</Text>
      <Text {...POINTED}> </Text>
      <Text {...(found === 0 ? BAD : QUIET)}>{count}</Text>
      <Text {...QUIET}>{FIND_KEYS}</Text>
    </Line>
  );
}

const FIND_KEYS = 'enter keep, esc all';

/** A question takes the place above the keys, and its answers are the keys. */
export function QuestionLines({ lines }: { lines: readonly string[] }) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line />
      {lines.map((line) => (
        <Line key={line}>
          <Text {...STRONG}>{line}</Text>
        </Line>
      ))}
    </Box>
  );
}
