/** How a cell of a terminal is drawn, as far as our screens use it. */
export interface CellStyle {
  /** 0 to 15, of the palette; null: the terminal's own colour. */
  color: number | null;
  bold: boolean;
  dim: boolean;
}

/** Text of one style; `column` counts from 0. */
export interface Run {
  column: number;
  text: string;
  style: CellStyle;
}

const PLAIN: CellStyle = { color: null, bold: false, dim: false };

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's escape sequences begin with one
const PIECES = /\u001b\[([\d;]*)m|([^\u001b]+)/g;

/**
 * The lines of `tmux capture-pane -e`, a list of runs each. Every character takes one cell: our screens use no others.
 * A run holds no two blanks together, and is all ASCII or all not: what a viewer makes of blanks, or a glyph of another
 * font, moves nothing behind it.
 */
export function runsOf(capture: string): Run[][] {
  let style = PLAIN;
  return capture.split('\n').map((line) => {
    const runs: Run[] = [];
    let column = 0;
    for (const [, codes, text] of line.matchAll(PIECES)) {
      if (text === undefined) {
        style = styled(style, codes ?? '');
        continue;
      }
      for (const piece of text.match(/ {2,}|(?:(?! {2})[ -~])+|[^ -~]+/g) ?? []) {
        if (piece.trim() !== '') runs.push({ column, text: piece, style });
        column += [...piece].length;
      }
    }
    return runs;
  });
}

/** SGR (ECMA-48): what Ink and tmux use of it. */
function styled(before: CellStyle, codes: string): CellStyle {
  const numbers = codes.split(';').map(Number);
  let style = before;
  while (numbers.length > 0) style = { ...style, ...nextChange(numbers) };
  return style;
}

/** Takes the first change off the codes. */
function nextChange(codes: number[]): Partial<CellStyle> {
  const code = codes.shift() ?? 0;
  if (code === 38) {
    const kind = codes.shift();
    if (kind === 5) return { color: colorOf256(codes.shift() ?? 0) };
    const [red = 0, green = 0, blue = 0] = codes.splice(0, 3);
    return { color: colorOfRgb(red, green, blue) };
  }
  if (code === 0) return PLAIN;
  if (code === 1) return { bold: true };
  if (code === 2) return { dim: true };
  if (code === 22) return { bold: false, dim: false };
  if (code === 39) return { color: null };
  if (code >= 30 && code <= 37) return { color: code - 30 };
  return code >= 90 && code <= 97 ? { color: code - 90 + 8 } : {};
}

/** xterm's 256: the palette, a cube of six steps a side, greys. */
function colorOf256(index: number): number | null {
  if (index < 16) return index;
  if (index >= 232) return null;
  const step = (divisor: number) => Math.floor((index - 16) / divisor) % 6;
  return colorOfRgb(step(36), step(6), step(1));
}

/** Red, yellow, green, cyan, blue, magenta: the palette in the order of their hues. */
const BY_HUE = [1, 3, 2, 6, 4, 5] as const;

/** The nearest of the palette by hue, so that pictures have the colours that they can show; null for a grey. */
function colorOfRgb(red: number, green: number, blue: number): number | null {
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range < most * 0.15) return null;
  const sixth =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  return BY_HUE[(Math.round(sixth) + 6) % 6] ?? null;
}
