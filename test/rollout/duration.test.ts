import { expect, it } from 'vitest';
import { durationMs, formatDuration } from '../../src/rollout/duration.ts';

it.each([
  ['0', 0],
  ['0s', 0],
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5m', 90_000],
  ['2d', 172_800_000],
])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

it.each(['', '5', '-5s', '5x', '5 s', 's'])('%j is none', (text) =>
  expect(() => durationMs(text)).toThrow(/not a duration/),
);

it.each([
  [0, '0s'],
  [350, '350ms'],
  [9_000, '9s'],
  [59_999, '1m'],
  [130_000, '2m10s'],
  [10_800_000, '3h'],
  [90_000_000, '25h'],
  [176_400_000, '2d1h'],
  [-5, '0s'],
])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
