import { Box } from 'ink';
import type { PanelView } from '../pod-panel.ts';
import type { GlyphSet } from '../pod-state.ts';
import { wrap } from '../text.ts';
import type { TimelineView } from '../timeline.ts';
import type { View } from '../view.ts';
import { Banner } from './banner.tsx';
import { FindPrompt, type Flash, type KeyHint, Keys, News, QuestionLines } from './foot.tsx';
import { Head } from './head.tsx';
import { Help } from './help.tsx';
import { type Layout, SMALLEST } from './layout.ts';
import { Line } from './line.tsx';
import type { Body } from './pods/body.ts';
import { PodPanel } from './pods/pod-panel.tsx';
import { Pods } from './pods/pods.tsx';
import { Text } from './styled.tsx';
import { TimelinePanel } from './timeline.tsx';

export interface ScreenProps {
  view: View;
  layout: Layout;
  body: Body;
  /** In place of the pods. */
  panel: { content: PanelView; lines: number } | null;
  tail: boolean;
  /** In place of the pods. */
  timeline: { content: TimelineView; lines: number; first: number } | null;
  glyphs: GlyphSet;
  help: boolean;
  flash: Flash | null;
  /** What is being typed, in place of the keys. */
  prompt: { find: string; found: number; all: number } | null;
  /** Or the answers of the question that is open. */
  keys: readonly KeyHint[];
}

const HEAD = 4;

/** The whole window, top to bottom. */
export function Screen(props: ScreenProps) {
  const { view, layout, glyphs, help, flash, prompt, keys } = props;
  const { columns, rows, roomy } = layout;
  if (layout.tooSmall) return <TooSmall layout={layout} keys={keys} />;
  const gap = roomy ? <Line /> : null;
  const asked = layout.question.length === 0 ? 0 : layout.question.length + 1;
  return (
    // no overflow="hidden": each line cuts itself off, and Ink would cut and style all of them a second time
    <Box flexDirection="column" width={columns} height={rows}>
      {help && !roomy ? null : <Head view={view} columns={columns} glyphs={glyphs} />}
      {gap}
      {help ? (
        <Help lines={rows - (roomy ? HEAD + 1 : 0) - asked - 1} glyphs={glyphs} />
      ) : (
        <>
          {view.banner === null ? null : (
            <>
              <Banner tone={view.banner.tone} lines={layout.banner} glyphs={glyphs} />
              {gap}
            </>
          )}
          <Middle {...props} />
          {gap}
          <News view={view} layout={layout} flash={flash} />
        </>
      )}
      <Box flexGrow={1} />
      {layout.question.length === 0 ? null : <QuestionLines lines={layout.question} />}
      {prompt === null ? <Keys keys={keys} columns={columns} /> : <FindPrompt {...prompt} columns={columns} />}
    </Box>
  );
}

/** The pods, or what was opened in their place. */
function Middle({ view, layout: { columns }, body, panel, tail, timeline, glyphs }: ScreenProps) {
  if (timeline !== null) {
    const { content, lines, first } = timeline;
    return <TimelinePanel timeline={content} columns={columns} lines={lines} first={first} glyphs={glyphs} />;
  }
  if (panel === null) return <Pods view={view} body={body} columns={columns} glyphs={glyphs} />;
  const { content, lines } = panel;
  return <PodPanel panel={content} at={view.at} columns={columns} lines={lines} tail={tail} glyphs={glyphs} />;
}

/** A broken frame would hide what counts; the question, if there is one, is shown all the same. */
function TooSmall({ layout, keys }: Pick<ScreenProps, 'layout' | 'keys'>) {
  const { columns, rows } = layout;
  const text = [
    ...wrap(
      `This window is ${columns}x${rows}: it needs ${SMALLEST.columns}x${SMALLEST.rows}. The rollout goes on; q leaves.`,
      columns,
    ),
    ...layout.question,
    ...(layout.question.length === 0 ? [] : wrap(keys.map(({ key, label }) => `${key} ${label}`).join('  '), columns)),
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
