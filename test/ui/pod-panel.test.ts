import { describe, expect, it } from 'vitest';
import type { PanelLine, PanelView } from '../../src/ui/pod-panel.ts';
import { panelOf } from '../../src/ui/pod-panel.ts';
import { panelLayout } from '../../src/ui/tui/pods/panel-layout.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { goingPod, type LiveOptions, live, newPod, pod } from './builders.ts';

/** What the panel says of why this pod is not replaced now. */
function why(name: string, options: LiveOptions): string | undefined {
  const now = live(options);
  const view = viewModel(now);
  const row = view.rows.find((each) => each.name === name);
  if (row === undefined) throw new Error(`${name} has no row`);
  return panelOf(view, now, row, null, null).lines.find(({ label }) => label === 'why not now')?.text;
}

describe('why a pod is not replaced now', () => {
  const pods = [pod(0), pod(1), goingPod(2), newPod(3)];

  it.each<[string, string, LiveOptions, RegExp]>([
    ['at the wanted version', 'web-3', { pods }, /at the wanted version already/],
    ['on its way', 'web-2', { pods }, /it is being replaced/],
    ['with others before it', 'web-0', { pods }, /^1 pod before it/],
    ['with none before it', 'web-1', { pods }, /turn|next|0 pods/],
    ['in a pause', 'web-0', { pods, status: { phase: 'Paused', reason: 'Requested' } }, /^the rollout rests: /],
    ['after the end', 'web-0', { pods, status: { phase: 'Complete' } }, /^the rollout is over$/],
    ['without a rollout', 'web-0', { pods, noRecord: true }, /./],
    [
      'beyond the step',
      'web-0',
      { pods, spec: { percent: 50 } },
      /^not in this step: it ends at web-2 \(2 of 4 pods\)$/,
    ],
  ])('%s', (_, name, options, words) => {
    expect(why(name, options)).toMatch(words);
  });
});

describe('the panel in a window', () => {
  const line = (label: string, text = label): PanelLine => ({ label, text, bad: false });
  const panel = (lines: PanelLine[], log: string[]): PanelView => {
    const [row] = viewModel(live({ pods: [pod(0)] })).rows;
    if (row === undefined) throw new Error('a pod has a row');
    return { row, lines, trouble: null, log: { title: 'log of app', lines: log } };
  };
  const details = Array.from({ length: 8 }, (_, index) => line(`detail ${index}`));
  const log = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const texts = (columns: number, lines: number, tail = false) =>
    panelLayout(panel(details, log), columns, lines, tail).map(({ text }) => text);

  it('has all details, and the end of the log in what is left', () => {
    const shown = texts(80, 13);
    expect(shown.slice(0, 8)).toEqual(details.map(({ text }) => text));
    expect(shown.slice(8)).toEqual(['log of app', 'line 16', 'line 17', 'line 18', 'line 19']);
  });

  it('where it is low, cuts details and says how many, before the log is less than five lines', () => {
    expect(texts(80, 9)).toEqual([
      'detail 0',
      'detail 1',
      'detail 2',
      '5 more lines in a higher window',
      'log of app',
      'line 16',
      'line 17',
      'line 18',
      'line 19',
    ]);
  });

  it('live, is nothing but the log', () => {
    expect(texts(80, 4, true)).toEqual(['log of app, live', 'line 17', 'line 18', 'line 19']);
  });

  it.each([1, 2, 3, 5, 8, 13, 21, 40])(
    'never has more than %d lines, nor one that is wider than the window',
    (lines) => {
      const long = [line('message', 'words of a container that never end '.repeat(20)), ...details];
      for (const columns of [30, 40, 80]) {
        const rows = panelLayout(panel(long, ['x'.repeat(200)]), columns, lines, false);
        expect(rows.length).toBeLessThanOrEqual(lines);
        for (const { label, text } of rows) expect(label.length + text.length).toBeLessThanOrEqual(columns);
      }
    },
  );

  it('cuts a message after three lines, and says so', () => {
    const rows = panelLayout(panel([line('message', 'word '.repeat(100).trim())], []), 40, 20, false);
    expect(rows.filter(({ id }) => id.startsWith('0 '))).toHaveLength(3);
    expect(rows[2]?.text).toMatch(/…$/);
  });
});
