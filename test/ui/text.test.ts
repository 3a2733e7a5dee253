import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, pad, shellQuote, truncate, width, wrap } from '../../src/ui/text.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\u001b[2J\u001b[31mred',
    '\u001b]0;title\u0007',
    'a\u202egnp.exe',
    'two\nlines\ttabbed',
    '\u009b31m',
    'zero\u200bwidth',
    '\ud800',
  ),
);

describe('clean', () => {
  it.each([
    ['\u001b[2J\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;http://evil\u0007link\u001b]8;;\u0007', 'link'],
    ['two\r\nlines\tand\u2028more', 'two lines and more'],
    ['abc\u202egpj.exe', 'abcgpj.exe'],
    ['\u009b31mc1', 'c1'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['größe 日本 ✗', 'größe 日本 ✗'],
    ['  kept as it is  ', '  kept as it is  '],
  ])('%j is %j', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('leaves nothing that a terminal obeys, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(hostile).map((parts) => parts.join('')),
        (text) => {
          expect(clean(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });
});

describe('width, truncate, pad and wrap', () => {
  it('count cells, not characters', () => {
    expect(width('日本')).toBe(4);
    expect(width('●◐◌○◍✗◈')).toBe(7);
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('web-12', 6)).toBe('web-12');
    expect(truncate('web-12', 5)).toBe('web-…');
    expect(pad('日本', 5)).toBe('日本 ');
    expect(pad('4s', 5, 'start')).toBe('   4s');
  });

  it('wrap breaks between words, and long words inside', () => {
    expect(wrap('14 pods serve the old version', 12)).toEqual(['14 pods', 'serve the', 'old version']);
    expect(wrap('registry.corp/app:1.9.0', 10)).toEqual(['registry.c', 'orp/app:1.', '9.0']);
    expect(wrap('', 10)).toEqual([]);
  });

  it('never exceed what they were given', () => {
    fc.assert(
      fc.property(hostile.map(clean), fc.integer({ min: 1, max: 20 }), (text, columns) => {
        expect(width(truncate(text, columns))).toBeLessThanOrEqual(columns);
        expect(width(pad(text, columns))).toBe(columns);
        for (const line of wrap(text, columns)) expect(width(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('shellQuote', () => {
  it.each([
    ['prod-eu', 'prod-eu'],
    ['arn:aws:eks:eu-1:123:cluster/prod', 'arn:aws:eks:eu-1:123:cluster/prod'],
    ['my context', "'my context'"],
    ["it's $(rm)", `'it'\\''s $(rm)'`],
    ['', "''"],
  ])('%j is %s', (word, expected) => {
    expect(shellQuote(word)).toBe(expected);
  });
});
