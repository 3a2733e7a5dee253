import type { Key } from 'ink';

/** Every key that anything on the screen listens to. */
export type KeyName =
  | 'space'
  | 'faster'
  | 'slower'
  | 'next'
  | 'rollback'
  | 'takeover'
  | 'timeline'
  | 'follow'
  | 'help'
  | 'leave'
  | 'yes'
  | 'no'
  | 'log'
  | 'goOn'
  | 'find'
  | 'broken'
  | 'sort'
  | 'zoom'
  | 'enter'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'interrupt';

/** `n` is the next step, and no to a question; `l` the log, and to leave held: the screen's state tells which. */
const LETTERS: Record<string, KeyName> = {
  ' ': 'space',
  '+': 'faster',
  '=': 'faster',
  '-': 'slower',
  _: 'slower',
  n: 'next',
  r: 'rollback',
  t: 'timeline',
  e: 'takeover',
  f: 'follow',
  '?': 'help',
  h: 'help',
  q: 'leave',
  y: 'yes',
  l: 'log',
  g: 'goOn',
  '/': 'find',
  b: 'broken',
  s: 'sort',
  z: 'zoom',
  j: 'down',
  k: 'up',
};

/** For the help, in the order of need. */
export const KEY_HELP: readonly { keys: string; text: string }[] = [
  { keys: 'space', text: 'pause: no further pod is touched; or go on' },
  { keys: '+ -', text: 'speed: one pod more or less, above 10 a tenth' },
  { keys: 'n', text: 'next step: says how many pods, and asks' },
  { keys: 'r', text: 'roll back: says how many pods restart, and asks' },
  { keys: 't', text: 'timeline: how long each pod took, and at what' },
  { keys: 'e', text: 'execute here, where the executor is gone' },
  { keys: 'arrows', text: 'point at a pod, PgUp PgDn Home End too; f follows' },
  { keys: 'enter', text: 'all of that pod; there, l is its log, live' },
  { keys: '/', text: 'find by ordinal, name, state, node; esc: all' },
  { keys: 'b s z', text: 'broken first; other orders; rows, grid, ranges' },
  { keys: 'q', text: 'leave; what is executed here is left held, asks' },
  { keys: 'ctrl-c', text: 'pause and ask; a second time: leave at once' },
];

/**
 * The presses in one chunk of input. A key held down arrives as several of the same letter; different letters in one
 * chunk are a paste or line noise, and must not press "roll back" and "yes".
 */
export function keysPressed(input: string, key: Key): KeyName[] {
  if (key.eventType === 'release') return [];
  if (key.ctrl) return input === 'c' ? ['interrupt'] : [];
  const special = specialKey(key);
  if (special !== null) return [special];
  if (key.meta || input === '') return [];
  const letters = [...input];
  const [first] = letters;
  if (first === undefined || letters.some((letter) => letter !== first)) return [];
  const name = LETTERS[first];
  return name === undefined ? [] : letters.map(() => name);
}

function specialKey(key: Key): KeyName | null {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageUp';
  if (key.pageDown) return 'pageDown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'enter';
  if (key.escape) return 'no';
  return null;
}
