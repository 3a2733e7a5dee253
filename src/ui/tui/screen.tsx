import { Box, Text } from 'ink';
import type { GlyphSet } from '../pod-state.ts';
import { wrap } from '../text.ts';
import type { View } from '../view.ts';
import { Banner } from './banner.tsx';
import { type Flash, Keys, News, QuestionLines } from './foot.tsx';
import { Head } from './head.tsx';
import { Help } from './help.tsx';
import { type Layout, SMALLEST } from './layout.ts';
import { Line } from './line.tsx';
import { PodTable } from './pod-table.tsx';
import type { PodWindow } from './pod-window.ts';

export interface ScreenProps {
  view: View;
  layout: Layout;
  window: PodWindow;
  glyphs: GlyphSet;
  help: boolean;
  flash: Flash | null;
  /** Of the question that is open, in place of the usual keys. */
  answers: { key: string; label: string }[] | null;
}

const HEAD = 4;

/** The whole window, top to bottom. */
export function Screen({ view, layout, window, glyphs, help, flash, answers }: ScreenProps) {
  const { columns, rows, roomy } = layout;
  if (layout.tooSmall) return <TooSmall layout={layout} answers={answers} />;
  const gap = roomy ? <Line /> : null;
  const asked = layout.question.length === 0 ? 0 : layout.question.length + 1;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Head view={view} columns={columns} glyphs={glyphs} />
      {gap}
      {help ? (
        <Help lines={rows - HEAD - (roomy ? 1 : 0) - asked - 1} glyphs={glyphs} />
      ) : (
        <>
          {view.banner === null ? null : (
            <>
              <Banner tone={view.banner.tone} lines={layout.banner} glyphs={glyphs} />
              {gap}
            </>
          )}
          <PodTable view={view} window={window} windowed={layout.windowed} columns={columns} glyphs={glyphs} />
          {gap}
          <News view={view} layout={layout} flash={flash} />
        </>
      )}
      <Box flexGrow={1} />
      {layout.question.length === 0 ? null : <QuestionLines lines={layout.question} />}
      <Keys keys={answers ?? (help ? [{ key: '?', label: 'close the help' }] : view.keys)} columns={columns} />
    </Box>
  );
}

/** A broken frame would hide what counts; the question, if there is one, is shown all the same. */
function TooSmall({ layout, answers }: { layout: Layout; answers: ScreenProps['answers'] }) {
  const { columns, rows } = layout;
  const text = [
    ...wrap(
      `This window is ${columns}x${rows}: it needs ${SMALLEST.columns}x${SMALLEST.rows}. The rollout goes on; q leaves.`,
      columns,
    ),
    ...layout.question,
    ...(answers === null ? [] : wrap(answers.map(({ key, label }) => `${key} ${label}`).join('  '), columns)),
  ];
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      {text.slice(-rows).map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
