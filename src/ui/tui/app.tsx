import { type Key, useInput, useIsScreenReaderEnabled, useStdin, useWindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';
import type { Intent, Session } from '../../rollout/live.ts';
import type { GlyphSet } from '../pod-state.ts';
import { clean } from '../text.ts';
import type { View } from '../view.ts';
import type { Flash } from './foot.tsx';
import { frameOf } from './frame.ts';
import { type KeyName, keysPressed } from './key-map.ts';
import { latestOnly } from './latest-only.ts';
import type { Size } from './layout.ts';
import { splitFind, typed } from './look-around.ts';
import { podAt } from './pods/body.ts';
import { Screen } from './screen.tsx';
import { type Effect, FIRST_STATE, type Left, press, type ScreenState, speedAnswered } from './screen-state.ts';
import { Spoken } from './spoken.tsx';
import { usePodDetails } from './use-pod-details.ts';
import { useView } from './use-view.ts';

export interface AppProps {
  session: Session;
  glyphs: GlyphSet;
  /** The one way out: this component never ends the process or Ink. */
  onLeave: (left: Left) => void;
  /** Gets each picture that is shown. */
  onView?: (view: View) => void;
  /** The window's, where it is left out. */
  size?: Size;
  /** Opened with a question, for a signal that came before the screen. */
  initial?: Partial<typeof FIRST_STATE>;
}

const FLASH_MS = 8000;
const BAD_FLASH_MS = 30_000;

export function App({ session, glyphs, onLeave, onView, size, initial }: AppProps) {
  const windowSize = useWindowSize();
  const { view, live } = useView(session);
  const [state, setState] = useState({ ...FIRST_STATE, ...initial });
  const [said, setSaid] = useState<Flash | null>(null);
  const opened = podAt(view.rows, state.panel)?.name ?? null;
  const read = usePodDetails(session, opened, state.tail);
  const parts = { view, live, size: size ?? windowSize, glyphs, flash: flashOf(view, said), read };
  const { screen } = frameOf({ ...parts, state });
  // keys may come faster than frames: they act on what the last one has made of the state
  const latest = useRef(state);
  const mounted = useMounted();

  const become = (next: ScreenState) => {
    latest.current = next;
    if (mounted.current) setState(next);
  };
  const say = (text: string, bad: boolean) => {
    if (mounted.current) setSaid({ at: session.live().at, text: clean(text), bad });
  };
  const act = (intent: Intent) =>
    session.act(intent).then(
      (text) => {
        say(text, false);
        return true;
      },
      (error: unknown) => {
        say(error instanceof Error ? error.message : String(error), true);
        return false;
      },
    );
  const [setSpeed] = useState(() =>
    latestOnly<Intent>(async (intent) => {
      const done = await act(intent);
      become(speedAnswered(latest.current, done ? session.live().at : null));
    }),
  );
  const run = (effect: Effect) => {
    if (effect.kind === 'leave') {
      onLeave(effect.left);
      return;
    }
    say(`${effect.saying} ...`, false);
    if (effect.intent.kind === 'speed') setSpeed(effect.intent);
    else void act(effect.intent);
  };
  const onKey = (key: KeyName) => {
    const { body } = frameOf({ ...parts, state: latest.current });
    const pressed = press(latest.current, key, view, body);
    become(pressed.state);
    for (const effect of pressed.effects) run(effect);
  };

  const { isRawModeSupported } = useStdin();
  const onInput = (input: string, key: Key) => {
    const isInterrupt = key.ctrl && input === 'c';
    if (latest.current.typing && !isInterrupt) {
      become({ ...latest.current, ...typed(latest.current, input, key) });
      return;
    }
    const [first, rest] = splitFind(input);
    keysPressed(first, key).forEach(onKey);
    if (rest !== '' && latest.current.typing) onInput(rest, key);
  };
  useInput(onInput, { isActive: isRawModeSupported });

  useEffect(() => onView?.(view), [view, onView]);
  if (useIsScreenReaderEnabled())
    return <Spoken view={view} flash={parts.flash} question={screen.layout.question} keys={screen.keys} />;
  return <Screen {...screen} />;
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
