import { type CellStyle, type Run, runsOf } from './cells.ts';

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const FONT_SIZE = 14;
/** From the top of a cell to the foot of its letters. */
const BASELINE = 13.5;

/** Readable on their own background; the first of each pair where it is light, the second where it is dark. */
const COLORS: Readonly<Record<number, readonly [string, string]>> = {
  1: ['#b3261e', '#ff7b72'],
  2: ['#1a7f37', '#56d364'],
  3: ['#8a6100', '#e3b341'],
  4: ['#0969da', '#79c0ff'],
  5: ['#8250df', '#d2a8ff'],
  6: ['#0a6c74', '#76e3ea'],
};
const PAPER = ['#ffffff', '#0d1117'] as const;
const INK = ['#1f2328', '#e6edf3'] as const;

/** A screen as a picture: always of the same size, whatever fonts there are, readable in light and in dark. */
export function svgOf(capture: string, size: { columns: number; rows: number }, title: string): string {
  const width = Math.round(size.columns * CELL.width + 2 * MARGIN);
  const height = size.rows * CELL.height + 2 * MARGIN;
  const lines = runsOf(capture).slice(0, size.rows);
  const texts = lines.flatMap((runs, row) => runs.map((run) => textOf(run, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
${rules(0)}
@media (prefers-color-scheme: dark) {
${rules(1)}
}
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.b { font-weight: 600 }
.d { opacity: 0.65 }
</style>
<rect class="paper" width="${width}" height="${height}" rx="8"/>
${texts.join('\n')}
</svg>
`;
}

function rules(mode: 0 | 1): string {
  return [
    `.paper { fill: ${PAPER[mode]}; stroke: #8b949e; stroke-opacity: 0.4 }`,
    `text { fill: ${INK[mode]} }`,
    ...Object.entries(COLORS).map(([code, pair]) => `.c${code} { fill: ${pair[mode]} }`),
  ].join('\n');
}

/** Each run is held to the width of its cells. */
function textOf({ column, text, style }: Run, row: number): string {
  const trimmed = text.trim();
  const from = column + text.length - text.trimStart().length;
  const x = (MARGIN + from * CELL.width).toFixed(1);
  const y = (MARGIN + row * CELL.height + BASELINE).toFixed(1);
  const length = ([...trimmed].length * CELL.width).toFixed(1);
  const classes = classesOf(style);
  const attribute = classes === '' ? '' : ` class="${classes}"`;
  const held = `textLength="${length}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x}" y="${y}" ${held}${attribute}>${escaped(trimmed)}</text>`;
}

function classesOf({ color, bold, dim }: CellStyle): string {
  const hue = color === null ? null : color % 8;
  return [hue !== null && hue in COLORS ? `c${hue}` : '', bold ? 'b' : '', dim ? 'd' : ''].filter(Boolean).join(' ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
