import type { Key } from 'ink';
import { describe, expect, it } from 'vitest';
import { keysPressed } from '../../src/ui/tui/key-map.ts';
import { NO_KEY } from './builders.ts';

describe('keysPressed', () => {
  it.each<[string, string, Partial<Key>, string[]]>([
    ['a letter', 'r', {}, ['rollback']],
    ['a key held down', '+++', {}, ['faster', 'faster', 'faster']],
    ['+ without shift', '=', {}, ['faster']],
    ['a paste', 'ry', {}, []],
    ['an unknown letter', 'x', {}, []],
    ['ctrl-c', 'c', { ctrl: true }, ['interrupt']],
    ['ctrl-r', 'r', { ctrl: true }, []],
    ['alt-r', 'r', { meta: true }, []],
    ['escape', '', { escape: true }, ['no']],
    ['an arrow', '', { downArrow: true }, ['down']],
    ['a key let go', 'r', { eventType: 'release' }, []],
  ])('%s', (_, input, key, expected) => {
    expect(keysPressed(input, { ...NO_KEY, ...key })).toEqual(expected);
  });
});
