import { useInput, useStdin, useWindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';
import type { Session } from '../../rollout/live.ts';
import type { GlyphSet } from '../pod-state.ts';
import { clean } from '../text.ts';
import type { View } from '../view.ts';
import type { Flash } from './foot.tsx';
import { type KeyName, keysPressed } from './key-map.ts';
import { layoutOf, type Size } from './layout.ts';
import { podWindow } from './pod-window.ts';
import { Screen } from './screen.tsx';
import { type Effect, FIRST_STATE, type Left, press, questionWords } from './screen-state.ts';
import { useView } from './use-view.ts';

export interface AppProps {
  session: Session;
  glyphs: GlyphSet;
  /** The one way out: this component never ends the process or Ink. */
  onLeave: (left: Left) => void;
  /** The window's, where it is left out. */
  size?: Size;
  /** Opened with a question, for a signal that came before the screen. */
  initial?: Partial<typeof FIRST_STATE>;
}

const FLASH_MS = 8000;
const BAD_FLASH_MS = 30_000;

export function App({ session, glyphs, onLeave, size, initial }: AppProps) {
  const windowSize = useWindowSize();
  const view = useView(session);
  const [state, setState] = useState({ ...FIRST_STATE, ...initial });
  const [said, setSaid] = useState<Flash | null>(null);
  const question = state.question === null ? null : questionWords(state.question, view);
  const layout = layoutOf(view, size ?? windowSize, question?.text ?? null);
  const window = podWindow(view, state.scroll, layout.pods);
  // keys may come faster than frames: they act on what the last one has made of the state
  const latest = useRef(state);
  const mounted = useMounted();

  const run = (effect: Effect) => {
    if (effect.kind === 'leave') {
      onLeave(effect.left);
      return;
    }
    const say = (text: string, bad: boolean) => {
      if (mounted.current) setSaid({ at: session.live().at, text: clean(text), bad });
    };
    say(`${effect.saying} ...`, false);
    session.act(effect.intent).then(
      (text) => say(text, false),
      (error: unknown) => {
        latest.current = { ...latest.current, askedSpeed: null };
        if (mounted.current) setState(latest.current);
        say(error instanceof Error ? error.message : String(error), true);
      },
    );
  };

  const onKey = (key: KeyName) => {
    const pressed = press(latest.current, key, view, podWindow(view, latest.current.scroll, layout.pods));
    latest.current = pressed.state;
    setState(pressed.state);
    for (const effect of pressed.effects) run(effect);
  };

  const { isRawModeSupported } = useStdin();
  useInput((input, key) => keysPressed(input, key).forEach(onKey), { isActive: isRawModeSupported });

  return (
    <Screen
      view={view}
      layout={layout}
      window={window}
      glyphs={glyphs}
      help={state.help}
      flash={flashOf(view, said)}
      answers={question?.keys ?? null}
    />
  );
}

/** The later one of what the session says and of what a key has been answered; for as long as it is news. */
function flashOf(view: View, said: Flash | null): Flash | null {
  const newest = [said, view.notice]
    .filter((flash) => flash !== null)
    .reduce<Flash | null>((a, b) => (a === null || b.at >= a.at ? b : a), null);
  if (newest === null) return null;
  return view.at - newest.at <= (newest.bad ? BAD_FLASH_MS : FLASH_MS) ? newest : null;
}

function useMounted() {
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  return mounted;
}
