import type { Live } from '../../rollout/live.ts';
import { panelOf } from '../pod-panel.ts';
import type { GlyphSet } from '../pod-state.ts';
import { timelineView } from '../timeline.ts';
import type { View } from '../view.ts';
import type { Flash, KeyHint } from './foot.tsx';
import { layoutOf, type Size } from './layout.ts';
import { type Body, bodyOf, followsFailure, podAt } from './pods/body.ts';
import type { ScreenProps } from './screen.tsx';
import { questionWords, type ScreenState } from './screen-state.ts';
import type { DetailsRead } from './use-pod-details.ts';

export interface FrameParts {
  view: View;
  live: Live;
  state: ScreenState;
  size: Size;
  glyphs: GlyphSet;
  flash: Flash | null;
  /** Of the pod whose panel is open, as far as it was read. */
  read: DetailsRead | null;
}

/** Everything that one frame shows, and the body that keys act on. Pure. */
export function frameOf({ view, live, state, size, glyphs, flash, read }: FrameParts): {
  screen: ScreenProps;
  body: Body;
} {
  const question = state.question === null ? null : questionWords(state.question, view);
  const opened = podAt(view.rows, state.panel);
  const looked = opened === null ? state : { ...state, cursor: opened.ordinal };
  const { layout, body } = layoutOf(view, size, question?.text ?? null, (room) => {
    const pods = bodyOf(view, looked, size.columns, room);
    // a panel takes all that there is
    return { pods, height: opened === null && state.timeline === null ? pods.height : room };
  });
  const panel =
    opened === null
      ? null
      : { content: panelOf(view, live, opened, read?.details ?? null, read?.trouble ?? null), lines: body.height };
  return {
    body: body.pods,
    screen: {
      view,
      layout,
      body: body.pods,
      panel,
      tail: state.tail,
      timeline:
        state.timeline === null ? null : { content: timelineView(live), lines: body.height, first: state.timeline },
      glyphs,
      help: state.help,
      flash,
      prompt: state.typing ? { find: state.find, found: body.pods.rows.length, all: view.rows.length } : null,
      keys: question?.keys ?? keysNow(view, state, body.pods),
    },
  };
}

/** The keys for what is on the screen now, in their order on the last line. */
function keysNow(view: View, state: ScreenState, body: Body): KeyHint[] {
  if (state.help) return [{ key: '?', label: 'close the help' }];
  if (state.panel !== null) {
    return [
      { key: 'esc', label: 'back', weight: 10 },
      { key: 'l', label: state.tail ? 'details' : 'log, live', weight: 10 },
      { key: 'arrows', label: 'other pod', weight: 3 },
      ...view.keys.filter(({ key }) => key !== '+ -' && key !== 'n'),
    ];
  }
  if (state.timeline !== null) {
    return [
      { key: 'esc', label: 'back', weight: 10 },
      { key: 'arrows', label: 'scroll', weight: 3 },
      ...view.keys.filter(({ key }) => key !== 'n'),
    ];
  }
  const failed = followsFailure(body) !== null;
  const opens = failed ? 'its logs' : body.zoom === 'bar' ? 'open' : 'pod';
  const looking: KeyHint[] =
    body.at === null
      ? []
      : [
          { key: '/', label: 'find', weight: 2 },
          { key: 'enter', label: opens, weight: failed ? 6 : 3 },
          { key: 't', label: 'timeline', weight: 1 },
        ];
  const help = view.keys.findIndex(({ key }) => key === '?');
  return [...view.keys.slice(0, help), ...looking, ...view.keys.slice(help)];
}
