import { describe, expect, it } from 'vitest';
import { MEANINGS, PALETTES } from '../../src/ui/palette.ts';

type Rgb = readonly [number, number, number];

const rgb = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};
const linear = (channel: number) => (channel <= 10.31 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4);

/** WCAG 2: from 1 (the same) to 21 (black on white). */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = ([red, green, blue]: Rgb) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** What is seen without one kind of cones (Machado, Oliveira and Fernandes, 2009; severity 1). */
const SIGHT: Record<string, readonly Rgb[]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

function seen(colour: Rgb, sight: readonly Rgb[]): number[] {
  const light = colour.map(linear);
  return sight.map((row) => {
    const value = row.reduce((sum, share, index) => sum + share * (light[index] ?? 0), 0);
    return Math.cbrt(Math.max(0, value));
  });
}

const far = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));

describe.each([
  ['dark', [0, 0, 0]],
  ['light', [255, 255, 255]],
] as const)('the %s theme', (name, ground) => {
  const { full, sixteen } = PALETTES[name];

  it.each(MEANINGS)('can be read: %s', (meaning) => {
    expect(contrast(rgb(full[meaning]), ground)).toBeGreaterThan(4.5);
  });

  it.each(Object.entries(SIGHT))('tells good, moving and bad apart in the sight of %s', (_, sight) => {
    const [good, moving, bad] = [full.good, full.moving, full.bad].map((hex) => seen(rgb(hex), sight));
    for (const [a, b] of [
      [good, bad],
      [good, moving],
      [moving, bad],
    ]) {
      expect(far(a ?? [], b ?? [])).toBeGreaterThan(0.15);
    }
  });

  it('has names for sixteen colours, and shows nothing good and nothing bad in the same', () => {
    expect(new Set([sixteen.good, sixteen.moving, sixteen.unready, sixteen.bad]).size).toBe(4);
    expect([sixteen.good, sixteen.bad].every((colour) => !colour.startsWith('green'))).toBe(true);
  });
});
