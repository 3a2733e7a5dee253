import { renderToString } from 'ink';
import { describe, expect, it } from 'vitest';
import { timelineLines, timelineView } from '../../src/ui/timeline.ts';
import { frameOf } from '../../src/ui/tui/frame.ts';
import { Screen } from '../../src/ui/tui/screen.tsx';
import { FIRST_STATE, press } from '../../src/ui/tui/screen-state.ts';
import { spanBar, timelineLayout } from '../../src/ui/tui/timeline-layout.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { goingPod, live, middle, NOW, newPod, pod, startingPod } from './builders.ts';

const done = (ordinal: number, goneSecondsAgo: number, more: object = {}) => ({
  [`web-${ordinal}`]: {
    goneAt: NOW - goneSecondsAgo * 1000,
    downMs: 5000,
    scheduleMs: 1000,
    pullMs: 12_000,
    startMs: 20_000,
    availableAt: NOW - goneSecondsAgo * 1000 + 30_000,
    ...more,
  },
});

/** web-5 and web-4 are done, web-3 starts, web-2 is terminating. */
const rolling = live({
  pods: [pod(0), pod(1), goingPod(2), startingPod(3), newPod(4), newPod(5)],
  spec: { maxUnavailable: '2' },
  timings: {
    ...done(5, 120),
    ...done(4, 80, { startMs: 60_000, pullMs: 50_000, availableAt: NOW - 10_000 }),
    'web-3': { goneAt: NOW - 17_000, downMs: 5000, scheduleMs: 1000 },
  },
});

describe('timelineView', () => {
  const view = timelineView(rolling);

  it('has the pods, the last one to go first; those on their way are in a stage that goes on', () => {
    expect(view.pods.map(({ name, wholeMs, done }) => [name, wholeMs, done])).toEqual([
      ['web-2', 4000, false],
      ['web-3', 17_000, false],
      ['web-4', 70_000, true],
      ['web-5', 30_000, true],
    ]);
    expect(view.pods[1]?.stages).toEqual([
      { stage: 'terminate', ms: 5000 },
      { stage: 'schedule', ms: 1000 },
      { stage: 'pull', ms: 11_000 },
    ]);
  });

  it('of a pod that has soaked and is not counted, says that it waits for its gates', () => {
    const timings = done(5, 45, { availableAt: null });
    const [span] = timelineView(live({ pods: [newPod(5)], timings })).pods;
    expect(span?.stages.slice(-2)).toEqual([
      { stage: 'soak', ms: 5000 },
      { stage: 'gates', ms: 15_000 },
    ]);
    expect(span).toMatchObject({ wholeMs: 45_000, done: false });
  });

  it('says together what a pod takes, who was slow at what, when it ends and what would be faster', () => {
    expect(timelineLines(rolling)).toEqual([
      'a pod takes 25s, the median of 2: 5s terminating, 1s waiting for a node, 12s pulling and preparing, 7s starting, 5s soaking',
      'slowest     web-4, 1m5s, mostly pulling and preparing',
      expect.stringMatching(/^ends in {5}\S+ to \S+$/),
      expect.stringMatching(/^faster {6}speed 2 -> 4 ends \S+ earlier$/),
    ]);
  });

  it('of thousands has the last ones, and says how many went before', () => {
    const timings = Object.fromEntries(
      Array.from({ length: 3000 }, (_, ordinal) => Object.entries(done(ordinal, 4000 - ordinal))[0] ?? []),
    );
    const many = timelineView(live({ pods: [pod(0)], timings }));
    expect(many.pods[0]?.name).toBe('web-2999');
    expect(many.pods.length + many.earlier).toBe(3000);
    expect(many.pods.length).toBeLessThan(500);
  });

  it('has nothing to say before anything was timed', () => {
    expect(timelineView(live({ pods: [pod(0)], noRecord: true }))).toEqual({ lines: [], pods: [], earlier: 0 });
  });
});

describe('spanBar', () => {
  const span = timelineView(rolling).pods[3];
  it.each([
    [60, [10, 2, 24, 14, 10]],
    [6, [1, 3, 1, 1]],
    [1, [1]],
  ])('in %i cells is as long as its pod took, each stage its share', (columns, lengths) => {
    const bar = span === undefined ? [] : spanBar(span, 30_000, columns);
    expect(bar.map(({ length }) => length)).toEqual(lengths);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(columns);
  });
});

describe('timelineLayout', () => {
  const timeline = timelineView(rolling);
  it.each([
    [4, 0],
    [12, 0],
    [12, 99],
    [1, 2],
  ])('keeps to %i lines, from pod %i on', (lines, first) => {
    const { head, rows, above, below } = timelineLayout(timeline, { columns: 80, lines, first, glyphs: 'ascii' });
    expect(head.length + rows.length + 1).toBeLessThanOrEqual(lines);
    expect(above + rows.length + below).toBe(timeline.pods.length);
  });
});

describe('the key t', () => {
  const body = frameOf({
    view: viewModel(middle()),
    live: middle(),
    state: FIRST_STATE,
    size: { columns: 80, rows: 24 },
    glyphs: 'unicode',
    flash: null,
    read: null,
  }).body;
  const opened = (...keys: Parameters<typeof press>[1][]) =>
    keys.reduce((state, key) => press(state, key, viewModel(middle()), body).state, FIRST_STATE).timeline;

  it('opens and closes it, and arrows scroll it', () => {
    expect(opened('timeline')).toBe(0);
    expect(opened('timeline', 'timeline')).toBeNull();
    expect(opened('timeline', 'no')).toBeNull();
    expect(opened('timeline', 'down', 'down', 'up')).toBe(1);
  });
});

describe('the frame with the timeline', () => {
  it.each([
    [60, 16],
    [80, 24],
    [120, 40],
  ])('at %ix%i', async (columns, rows) => {
    const state = { ...FIRST_STATE, timeline: 0 };
    const size = { columns, rows };
    const parts = { view: viewModel(rolling), live: rolling, state, size, flash: null, read: null };
    const { screen } = frameOf({ ...parts, glyphs: 'unicode' });
    const frame = renderToString(<Screen {...screen} />, { columns });
    expect(frame.split('\n')).toHaveLength(rows);
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/timeline-${columns}x${rows}.txt`);
  });
});
