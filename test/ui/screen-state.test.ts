import type { Key } from 'ink';
import { describe, expect, it } from 'vitest';
import type { Live } from '../../src/rollout/live.ts';
import type { KeyName } from '../../src/ui/tui/key-map.ts';
import { splitFind, typed } from '../../src/ui/tui/look-around.ts';
import { bodyOf } from '../../src/ui/tui/pods/body.ts';
import {
  type Effect,
  FIRST_STATE,
  nextSpeed,
  press,
  questionWords,
  type ScreenState,
  speedAnswered,
} from '../../src/ui/tui/screen-state.ts';
import type { View } from '../../src/ui/view.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { alarmed, live, middle, NO_KEY, NOW, newPod, pod } from './builders.ts';

const COLUMNS = 80;
/** Of the body: a heading, five pods, and what is not shown. */
const ROOM = 7;

/** Presses the keys one after the other, on a picture that does not change meanwhile. */
function pressed(from: Live, ...keys: KeyName[]): { state: ScreenState; acts: object[]; left: string | null } {
  const view = viewModel(from);
  let state = FIRST_STATE;
  const effects: Effect[] = [];
  for (const key of keys) {
    const step = press(state, key, view, bodyOf(view, state, COLUMNS, ROOM));
    state = step.state;
    effects.push(...step.effects);
  }
  return {
    state,
    acts: effects.flatMap((effect) => (effect.kind === 'act' ? [effect.intent] : [])),
    left: effects.flatMap((effect) => (effect.kind === 'leave' ? [effect.left] : []))[0] ?? null,
  };
}

const viewer = middle({ live: { role: 'viewer' } });
const paused = middle({ status: { phase: 'Paused', reason: 'Requested' } });
const complete = live({ pods: [newPod(0)], status: { phase: 'Complete' } });
const reached = middle({
  status: { phase: 'Paused', reason: 'StepReached', step: 0 },
  spec: { steps: ['25%', '100%'] },
});
const held = middle({ spec: { percent: 50, steps: [] }, status: { phase: 'Paused', reason: 'PercentReached' } });

describe('acts', () => {
  it.each<[string, Live, KeyName[], object[]]>([
    ['space pauses', middle(), ['space'], [{ kind: 'pause' }]],
    ['space goes on where it is paused', paused, ['space'], [{ kind: 'resume' }]],
    ['space answers an alarm', alarmed(), ['space'], [{ kind: 'resume' }]],
    [
      'presses of + add up',
      middle(),
      ['faster', 'faster'],
      [
        { kind: 'speed', maxUnavailable: '4' },
        { kind: 'speed', maxUnavailable: '5' },
      ],
    ],
    [
      '- and + meet again',
      middle(),
      ['slower', 'faster'],
      [
        { kind: 'speed', maxUnavailable: '2' },
        { kind: 'speed', maxUnavailable: '3' },
      ],
    ],
    ['- stops at one', middle({ spec: { maxUnavailable: '1' } }), ['slower'], []],
    ['n in the midst of a step asks', middle(), ['next'], []],
    ['n and yes begins the next step', middle(), ['next', 'yes'], [{ kind: 'promote' }]],
    ['n at the end of a step begins the next', reached, ['next'], [{ kind: 'promote' }]],
    ['n does nothing in the last step', live({ pods: [pod(0)] }), ['next'], []],
    ['n beyond the percentage asks', held, ['next'], []],
    ['and goes there on yes', held, ['next', 'yes'], [{ kind: 'promote', percent: 100 }]],
    ['and not on no', held, ['next', 'no', 'yes'], []],
    ['r asks', middle(), ['rollback'], []],
    ['r and yes rolls back', middle(), ['rollback', 'yes'], [{ kind: 'rollback' }]],
    ['r twice is no yes', middle(), ['rollback', 'rollback'], []],
    ['r and n does not', middle(), ['rollback', 'next', 'yes'], []],
    ['a viewer acts in the same way', viewer, ['space', 'rollback', 'yes'], [{ kind: 'pause' }, { kind: 'rollback' }]],
    [
      't takes over where nobody is',
      middle({ live: { role: 'viewer', holder: null } }),
      ['takeover'],
      [{ kind: 'takeover' }],
    ],
    ['e does nothing where somebody is', viewer, ['takeover'], []],
    ['nothing is done to what is over', complete, ['space', 'faster', 'next', 'rollback', 'yes'], []],
  ])('%s', (_, from, keys, acts) => {
    expect(pressed(from, ...keys).acts).toEqual(acts);
  });
});

describe('leaving', () => {
  it.each<[string, Live, KeyName[], string | null]>([
    ['q asks the executor', middle(), ['leave'], null],
    ['q and yes', middle(), ['leave', 'yes'], 'quit'],
    ['q twice', middle(), ['leave', 'leave'], 'quit'],
    ['q and escape', middle(), ['leave', 'no'], null],
    ['q of a viewer', viewer, ['leave'], 'quit'],
    ['q of what is over', complete, ['leave'], 'quit'],
    ['ctrl-c of a viewer', viewer, ['interrupt'], 'interrupted'],
    ['ctrl-c twice', middle(), ['interrupt', 'interrupt'], 'interrupted'],
    ['ctrl-c and held', middle(), ['interrupt', 'log'], 'quit'],
    ['ctrl-c and going on', middle(), ['interrupt', 'goOn'], null],
  ])('%s', (_, from, keys, left) => {
    expect(pressed(from, ...keys).left).toBe(left);
  });

  it('ctrl-c pauses, and going on takes that back', () => {
    expect(pressed(middle(), 'interrupt', 'goOn').acts).toEqual([{ kind: 'pause' }, { kind: 'resume' }]);
    expect(pressed(middle(), 'interrupt', 'rollback').acts).toEqual([{ kind: 'pause' }, { kind: 'rollback' }]);
  });

  it('ctrl-c leaves a pause that is not its own as it is', () => {
    expect(pressed(paused, 'interrupt', 'goOn').acts).toEqual([]);
  });

  it('other keys do not answer it', () => {
    expect(pressed(middle(), 'interrupt', 'yes', 'faster', 'down').state.question).toBe('interrupt');
  });
});

describe('questions', () => {
  it('say what would happen, in pods', () => {
    const view = viewModel(alarmed());
    expect(questionWords('rollback', view).text).toBe(
      'Roll back to the version from before? It restarts 2 pods: web-15 and web-9.',
    );
    expect(questionWords('leave', viewModel(middle())).text).toBe(
      'Leave? sts/web is left held: no further pod is touched. 3 pods on the way still arrive.',
    );
    expect(questionWords('promote', viewModel(held)).text).toBe('Go on to 100%: 8 more pods?');
  });
});

describe('speed', () => {
  const at = (ms: number, maxUnavailable: string) =>
    viewModel(middle({ spec: { maxUnavailable }, live: { at: NOW + ms } }));
  const faster = (state: ScreenState, view: View) => {
    const step = press(state, 'faster', view, bodyOf(view, state, COLUMNS, ROOM));
    const [effect] = step.effects;
    const intent = effect?.kind === 'act' ? effect.intent : null;
    return { state: step.state, to: intent?.kind === 'speed' ? intent.maxUnavailable : null };
  };

  it('adds up while the picture lags behind the answer', () => {
    const first = faster(FIRST_STATE, at(0, '3'));
    const answered = speedAnswered(first.state, NOW + 100);
    const second = faster(answered, at(50, '3'));
    expect([first.to, second.to]).toEqual(['4', '5']);
  });

  it('adds up while a picture shows the first of two presses', () => {
    const { state } = faster(faster(FIRST_STATE, at(0, '3')).state, at(0, '3'));
    expect(faster(state, at(150, '4')).to).toBe('6');
  });

  it('goes on from what is shown once that is younger than the answer: somebody else may have changed it', () => {
    const { state } = faster(FIRST_STATE, at(0, '3'));
    expect(faster(speedAnswered(state, NOW + 100), at(200, '7')).to).toBe('8');
  });

  it('forgets what was refused', () => {
    const { state } = faster(FIRST_STATE, at(0, '3'));
    expect(faster(speedAnswered(state, null), at(0, '3')).to).toBe('4');
  });
});

describe('nextSpeed', () => {
  it.each([
    [1, 'faster', 100, 2],
    [9, 'faster', 100, 10],
    [10, 'faster', 100, 11],
    [100, 'faster', 1000, 110],
    [5, 'faster', 5, 5],
    [1, 'slower', 100, 1],
    [11, 'slower', 100, 10],
    [110, 'slower', 1000, 100],
  ] as const)('%s %s of %s is %s', (from, direction, most, to) => {
    expect(nextSpeed(from, direction, most)).toBe(to);
  });
});

describe('what is typed to find', () => {
  const typedIn = (...inputs: [string, Partial<Key>?][]) => {
    let sight: ScreenState = { ...FIRST_STATE, typing: true };
    for (const [input, key] of inputs) sight = { ...sight, ...typed(sight, input, { ...NO_KEY, ...key }) };
    return sight;
  };

  it('adds up, and is taken back letter by letter', () => {
    expect(typedIn(['we'], ['b-1'], ['', { backspace: true }])).toMatchObject({ find: 'web-', typing: true });
  });

  it('ends with Enter, kept, and with Escape, forgotten', () => {
    expect(typedIn(['12'], ['', { return: true }])).toMatchObject({ find: '12', typing: false });
    expect(typedIn(['12'], ['', { escape: true }])).toMatchObject({ find: '', typing: false });
  });

  it('may come in one go, as a slow line brings it', () => {
    expect(splitFind('/12\r')).toEqual(['/', '12\r']);
    expect(typedIn(['12\r'])).toMatchObject({ find: '12', typing: false });
    expect(splitFind('r/y')).toEqual(['r/y', '']);
  });

  it('takes no control characters', () => {
    expect(typedIn(['a\u001b[31mb\u0007'])).toMatchObject({ find: 'a[31mb' });
  });
});
