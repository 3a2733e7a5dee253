import type { Intent } from '../../rollout/live.ts';
import { countPods, namePods } from '../../rollout/look.ts';
import type { View } from '../view.ts';
import type { KeyName } from './key-map.ts';
import { FIRST_SIGHT, lookAround, type Sight } from './look-around.ts';
import type { Body } from './pods/body.ts';

export type Left = 'quit' | 'done' | 'interrupted';
export type Question = 'rollback' | 'promote' | 'leave' | 'interrupt';

/** What the user has done to the screen; the rollout is no part of it. */
export interface ScreenState extends Sight {
  help: boolean;
  question: Question | null;
  /**
   * The speed that was asked for last. Presses add to it until a picture is shown that is younger than the answer;
   * `answeredAt` is null before there is one.
   */
  askedSpeed: { to: number; answeredAt: number | null } | null;
  /** The pause is ours, by Ctrl-C: going on takes it back. */
  pausedByInterrupt: boolean;
}

export const FIRST_STATE: ScreenState = {
  ...FIRST_SIGHT,
  help: false,
  question: null,
  askedSpeed: null,
  pausedByInterrupt: false,
};

export type Effect = { kind: 'act'; intent: Intent; saying: string } | { kind: 'leave'; left: Left };

export interface Pressed {
  state: ScreenState;
  effects: Effect[];
}

/** What a key does. Pure: the caller acts. */
export function press(state: ScreenState, key: KeyName, view: View, body: Body): Pressed {
  if (key === 'interrupt') return interrupt(state, view);
  if (state.question !== null) return answer(state, state.question, key, view);
  if (key === 'help') return only({ ...state, help: !state.help });
  if (state.help && (key === 'no' || key === 'enter')) return only({ ...state, help: false });
  const sight = state.help ? null : lookAround(state, key, body);
  return sight === null ? command(state, key, view) : only({ ...state, ...sight });
}

function command(state: ScreenState, key: KeyName, view: View): Pressed {
  switch (key) {
    case 'space':
      if (!offers(view, 'space')) return only(state);
      return view.phase.phase === 'Paused'
        ? act(state, { kind: 'resume' }, 'asked to go on')
        : act(state, { kind: 'pause' }, 'asked to pause');
    case 'faster':
    case 'slower':
      return offers(view, '+ -') ? speed(state, key, view) : only(state);
    case 'next':
      if (!offers(view, 'n') || view.acts.next === null) return only(state);
      // at a step's end the banner has said what it does; else it must be said before it is done
      if (view.acts.next.percent !== null || view.phase.reason !== 'StepReached') return ask(state, 'promote');
      return act(state, { kind: 'promote' }, `asked for the ${view.acts.next.text}`);
    case 'rollback':
      return offers(view, 'r') ? ask(state, 'rollback') : only(state);
    case 'takeover':
      return offers(view, 'e') ? act(state, { kind: 'takeover' }, 'taking over') : only(state);
    case 'leave':
      return isExecuting(view) ? ask(state, 'leave') : leave(state, 'quit');
    default:
      return only(state);
  }
}

function answer(state: ScreenState, question: Question, key: KeyName, view: View): Pressed {
  const closed = { ...state, question: null };
  switch (question) {
    case 'rollback':
      if (key === 'yes') return act(closed, { kind: 'rollback' }, 'asked to roll back');
      break;
    case 'promote': {
      const { next } = view.acts;
      if (key !== 'yes' || next === null) break;
      if (next.percent === null) return act(closed, { kind: 'promote' }, `asked for the ${next.text}`);
      return act(closed, { kind: 'promote', percent: next.percent }, `asked for ${next.percent}%`);
    }
    case 'leave':
      if (key === 'yes' || key === 'leave') return leave(closed, 'quit');
      break;
    case 'interrupt':
      if (key === 'log' || key === 'leave') return leave(closed, 'quit');
      if (key === 'goOn' || key === 'no' || key === 'space') return goOn(closed);
      if (key === 'rollback' && offers(view, 'r'))
        return act({ ...closed, pausedByInterrupt: false }, { kind: 'rollback' }, 'asked to roll back');
      return only(state);
  }
  return key === 'no' || key === 'next' || key === 'yes' ? only(closed) : only(state);
}

/** The first Ctrl-C stops further disruptions and asks; the second, and every one of a viewer, leaves at once. */
function interrupt(state: ScreenState, view: View): Pressed {
  if (!isExecuting(view) || state.question === 'interrupt') return leave(state, 'interrupted');
  const asked = { ...state, help: false, question: 'interrupt' as const };
  if (view.phase.phase === 'Paused') return only({ ...asked, pausedByInterrupt: false });
  return act({ ...asked, pausedByInterrupt: true }, { kind: 'pause' }, 'asked to pause');
}

function goOn(state: ScreenState): Pressed {
  if (!state.pausedByInterrupt) return only(state);
  return act({ ...state, pausedByInterrupt: false }, { kind: 'resume' }, 'asked to go on');
}

/** One pod more or less; above ten a tenth: who rolls a thousand pods does not press a hundred times. */
export function nextSpeed(from: number, direction: 'faster' | 'slower', most: number): number {
  const wanted =
    direction === 'faster'
      ? from < 10
        ? from + 1
        : Math.ceil((from * 11) / 10)
      : from <= 10
        ? from - 1
        : Math.floor((from * 10) / 11);
  return Math.max(1, Math.min(wanted, most));
}

function speed(state: ScreenState, direction: 'faster' | 'slower', view: View): Pressed {
  const shown = view.pace.budget;
  const asked = state.askedSpeed;
  // presses in quick succession add up, though the picture does not show the first yet
  const from = asked !== null && (asked.answeredAt === null || view.at <= asked.answeredAt) ? asked.to : shown;
  const to = nextSpeed(from, direction, Math.max(1, view.counts.replicas));
  if (to === from) return only(state);
  const intent: Intent = { kind: 'speed', maxUnavailable: String(to) };
  return act({ ...state, askedSpeed: { to, answeredAt: null } }, intent, `asked for ${to} at once instead of ${shown}`);
}

/** The state once the last speed that was asked for has been answered, or refused. */
export function speedAnswered(state: ScreenState, at: number | null): ScreenState {
  const { askedSpeed } = state;
  if (askedSpeed === null) return state;
  return { ...state, askedSpeed: at === null ? null : { ...askedSpeed, answeredAt: at } };
}

/** The question in words: what it would do, in pods, and the keys that answer it. */
export function questionWords(
  question: Question,
  view: View,
): { text: string; keys: { key: string; label: string }[] } {
  const yesNo = [
    { key: 'y', label: 'yes' },
    { key: 'n', label: 'no' },
  ];
  const onTheWay =
    view.counts.onTheWay > 0
      ? ` ${countPods(view.counts.onTheWay)} on the way still ${view.counts.onTheWay === 1 ? 'arrives' : 'arrive'}.`
      : '';
  switch (question) {
    case 'rollback': {
      const pods = view.acts.rollback;
      const restarts = pods.length === 0 ? 'no pod restarts' : `restarts ${countPods(pods.length)}: ${namePods(pods)}`;
      return { text: `Roll back to the version from before? It ${restarts}.`.replace('It no', 'No'), keys: yesNo };
    }
    case 'promote':
      return { text: `Go ${view.acts.next?.text ?? 'on'}?`, keys: yesNo };
    case 'leave':
      return {
        text: `Leave? ${view.header.subject} is left held: no further pod is touched.${onTheWay}`,
        keys: [
          { key: 'y', label: 'leave held' },
          { key: 'n', label: 'stay' },
        ],
      };
    case 'interrupt':
      return {
        text: `Interrupted: ${view.header.subject} is paused, no further pod is touched.${onTheWay}`,
        keys: [
          { key: 'l', label: 'leave held' },
          { key: 'g', label: 'go on' },
          ...(offers(view, 'r') ? [{ key: 'r', label: `roll back (${view.acts.rollback.length})` }] : []),
          { key: 'ctrl-c', label: 'leave now' },
        ],
      };
  }
}

function isExecuting(view: View): boolean {
  const { phase } = view.phase;
  return view.header.role === 'executor' && phase !== 'Complete' && phase !== 'RolledBack';
}

function offers(view: View, key: View['keys'][number]['key']): boolean {
  return view.keys.some((each) => each.key === key);
}

function only(state: ScreenState): Pressed {
  return { state, effects: [] };
}

function ask(state: ScreenState, question: Question): Pressed {
  return only({ ...state, help: false, question });
}

function act(state: ScreenState, intent: Intent, saying: string): Pressed {
  return { state, effects: [{ kind: 'act', intent, saying }] };
}

function leave(state: ScreenState, left: Left): Pressed {
  return { state, effects: [{ kind: 'leave', left }] };
}
