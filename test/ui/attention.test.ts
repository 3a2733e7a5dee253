import { describe, expect, it } from 'vitest';
import { callBytes, callFor, titleOf } from '../../src/ui/attention.ts';
import { TerminalSignals } from '../../src/ui/tui/terminal-signals.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { alarmed, iso, live, middle, NOW, newPod } from './builders.ts';

const rolling = viewModel(middle());
const alarm = viewModel(alarmed());
const step = (spec: object = {}) =>
  viewModel(
    middle({
      spec: { steps: ['50%'], ...spec },
      status: { phase: 'Paused', reason: 'StepReached', stepReachedAt: iso(NOW), since: iso(NOW) },
    }),
  );

describe('titleOf', () => {
  it.each([
    [rolling, 'sts/web 37% 6/16'],
    [alarm, '! sts/web paused 6% 1/16'],
    [
      viewModel(live({ pods: [newPod(0)], status: { phase: 'Complete', endedAt: iso(NOW) } })),
      'sts/web complete 100% 1/1',
    ],
  ])('carries percent and state', (view, title) => {
    expect(titleOf(view)).toBe(title);
  });
});

describe('callFor', () => {
  it('calls once for an alarm, and for a step that waits for a person', () => {
    expect(callFor(rolling, alarm)).toBe('sts/web: PAUSED: web-9 does not start: ImagePullBackOff');
    expect(callFor(alarm, alarm)).toBeNull();
    expect(callFor(rolling, step())).toMatch(/^sts\/web: STEP 1 REACHED/);
  });

  it('does not call for what ends by itself, for what this person asked, nor at the first sight', () => {
    expect(callFor(rolling, step({ stepPause: '5m' }))).toBeNull();
    expect(callFor(rolling, viewModel(middle({ status: { phase: 'Paused', reason: 'Requested' } })))).toBeNull();
    expect(callFor(null, alarm)).toBeNull();
  });
});

describe('callBytes', () => {
  it.each([
    ['auto', {}, '\u0007'],
    ['auto', { TERM_PROGRAM: 'WezTerm' }, '\u001b]9;help\u0007'],
    ['auto', { TERM_PROGRAM: 'WezTerm', TMUX: '/tmp/tmux' }, '\u0007'],
    ['osc9', {}, '\u001b]9;help\u0007'],
    ['bell', { TERM_PROGRAM: 'WezTerm' }, '\u0007'],
    ['off', { TERM_PROGRAM: 'WezTerm' }, ''],
  ] as const)('%s with %j', (bell, env, bytes) => {
    expect(callBytes(bell, 'help', env)).toBe(bytes);
  });
});

describe('TerminalSignals', () => {
  it('sets the title when it changes, and puts back what was there', () => {
    const written: string[] = [];
    const signals = new TerminalSignals((bytes) => written.push(bytes), 'bell', {});
    signals.show(rolling);
    signals.show(rolling);
    signals.show(alarm);
    signals.end();
    expect(written).toEqual([
      '\u001b[22;2t\u001b]2;sts/web 37% 6/16\u0007',
      '\u001b]2;! sts/web paused 6% 1/16\u0007',
      '\u0007',
      '\u001b[23;2t',
    ]);
  });

  it('restores no title that it never set', () => {
    const written: string[] = [];
    new TerminalSignals((bytes) => written.push(bytes), 'off', {}).end();
    expect(written).toEqual([]);
  });
});
