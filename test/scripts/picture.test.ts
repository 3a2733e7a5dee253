import { expect, test } from 'vitest';
import { runsOf } from '../../scripts/picture/cells.ts';
import { svgOf } from '../../scripts/picture/svg.ts';

const ESC = '\u001b[';
const PLAIN = { color: null, bold: false, dim: false };

test('a screen is read into runs: colours, weights, glyphs and columns', () => {
  const line = `${ESC}32m●●${ESC}39m  5 of 12  ${ESC}1mweb${ESC}0m ${ESC}2;33mold${ESC}22m x`;
  expect(runsOf(line)).toEqual([
    [
      { column: 0, text: '●●', style: { ...PLAIN, color: 2 } },
      { column: 4, text: '5 of 12', style: PLAIN },
      { column: 13, text: 'web', style: { ...PLAIN, bold: true } },
      { column: 17, text: 'old', style: { color: 3, bold: false, dim: true } },
      { column: 20, text: ' x', style: { ...PLAIN, color: 3 } },
    ],
  ]);
});

test('a style lasts from line to line, until it is taken back', () => {
  expect(runsOf(`${ESC}31ma\nb${ESC}0m\nc`).map(([run]) => run?.style.color)).toEqual([1, 1, null]);
});

test('colours of 256 and of a million become the nearest of the palette', () => {
  const codes = ['38;5;221', '38;5;203', '38;5;2', '38;2;126;231;135', '38;2;128;128;128', '38;5;240', '38;5;75;1'];
  expect(codes.map((code) => runsOf(`${ESC}${code}mx`)[0]?.[0]?.style)).toEqual([
    { ...PLAIN, color: 3 },
    { ...PLAIN, color: 1 },
    { ...PLAIN, color: 2 },
    { ...PLAIN, color: 2 },
    PLAIN,
    PLAIN,
    { color: 4, bold: true, dim: false },
  ]);
});

test('a picture has the size of its screen, and text that is no markup', () => {
  const svg = svgOf(`${ESC}91m<a> & b`, { columns: 80, rows: 24 }, 'x < y');
  expect(svg).toContain('viewBox="0 0 700 460"');
  expect(svg).toContain('class="c1">&lt;a&gt; &amp; b</text>');
  expect(svg).toContain('<title>x &lt; y</title>');
  expect(svg).toContain('prefers-color-scheme: dark');
});
