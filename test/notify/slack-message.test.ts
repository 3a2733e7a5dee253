import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milestoneMessage, rolloutMessage, type SlackMessage } from '../../src/notify/slack-message.ts';
import type { Milestone } from '../../src/rollout/notification-record.ts';
import { type Report, reportOfRecord } from '../../src/rollout/report.ts';
import { NOW, ORIGIN, spec, status } from '../rollout/builders.ts';
import { textOf } from './fake-slack.ts';

function report(parts: Partial<Report> = {}): Report {
  const place = { at: NOW, namespace: 'payments', name: 'web', cluster: 'prod-eu', replicas: 16 };
  return { ...reportOfRecord({ spec: spec(), status: status(), origin: ORIGIN }, place), ...parts };
}

function milestone(parts: Partial<Milestone> = {}): Milestone {
  return {
    sequence: 1,
    kind: 'stopped',
    at: new Date(NOW).toISOString(),
    message: 'web-3 does not start',
    phase: 'Paused',
    direction: 'forward',
    owedTo: ['slack'],
    ...parts,
  };
}

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks */
function fits({ text, blocks }: SlackMessage): void {
  expect(text.length).toBeLessThanOrEqual(4_000);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
    if (block.type === 'section') {
      expect(block.text?.text.length).toBeLessThanOrEqual(3_000);
      expect(block.text?.text.length).toBeGreaterThan(0);
    }
    if (block.type === 'context') expect(block.elements.length).toBeLessThanOrEqual(10);
    if (block.type === 'actions') {
      for (const element of block.elements) if ('value' in element) expect(element.value?.length).toBeLessThan(2_000);
    }
  }
}

test.each([
  ['PodFailed', 'Stopped'],
  ['GateFailed', 'Stopped by a gate'],
  ['StepReached', 'Step reached'],
] as const)('a pause for %s is called %s', (reason, words) => {
  const { text, blocks } = rolloutMessage(report({ phase: 'Paused', reason, message: 'gate errors fails' }), false);
  expect(text).toContain(`: ${words}, `);
  expect(JSON.stringify(blocks)).toContain(`*${words}*`);
});

/** What is left of `<`, `>` and `&` once Slack has read its escapes. */
const bare = (text: string) => text.replace(/&(amp|lt|gt);/g, '');

const nasty = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<@U012ABCDEF>',
    '<https://evil.test|click>',
    '&amp;<',
    '```',
    '`',
    '\u001b[2J',
    '\u202e',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const long = fc.array(nasty, { maxLength: 60 }).map((parts) => parts.join(''));

describe('text of the cluster', () => {
  test('mentions nobody, links nowhere and fits, whatever it is', () => {
    fc.assert(
      fc.property(long, long, long, fc.array(long, { maxLength: 8 }), (name, message, by, lines) => {
        const told = [
          rolloutMessage(
            report({ name, message, startedBy: by, cluster: by, change: lines, phase: 'Paused', reason: 'PodFailed' }),
            true,
          ),
          milestoneMessage(milestone({ message, by, failed: [{ pod: name, reason: by, message }] }), lines),
        ];
        for (const each of told) {
          fits(each);
          const texts = each.blocks.filter(({ type }) => type !== 'header' && type !== 'actions');
          const all = [each.text, ...textOf({ ...each, blocks: texts })].join('\n').replace(/^> /gm, '');
          expect(bare(all)).not.toMatch(/[<>]/);
          expect(all.replaceAll('\n', ' ')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a long log keeps its last lines', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
    const text = textOf(milestoneMessage(milestone(), lines)).join('\n');
    expect(text).toContain('line 199');
    expect(text).not.toContain('line 100 ');
  });
});

describe('the message of a rollout', () => {
  test('tells set, cluster, versions, share, speed, who and how long', () => {
    const message = rolloutMessage(
      report({
        change: ['app 1.8.2 -> 1.9.0'],
        counts: { replicas: 16, updated: 6, available: 13, broken: 1 },
        percent: 50,
        steps: 3,
        step: 2,
        speed: 3,
        maxUnavailable: '20%',
        executor: 'ann@laptop',
        elapsedMs: 130_000,
        eta: 'about 1m20s left',
      }),
      false,
    );
    expect(textOf(message)).toEqual([
      '# sts/web in payments @ prod-eu',
      '*Rolling out*  `app 1.8.2 -&gt; 1.9.0`',
      '`▓▓▓▓▓▓▓▓░░░░░░░░░░░░` 37%  6 of 16 pods updated, 1 broken',
      'step 2 of 3 · to 50% · 3 at once (20%) · 2m10s gone · about 1m20s left · by `ann@laptop` · executed by `ann@laptop` · `web-old` → `web-new`',
    ]);
  });

  test.each([
    [{ phase: 'Progressing' }, '[Pause] [Roll back]'],
    [{ phase: 'Paused', reason: 'Requested' }, '[Resume] [Roll back]'],
    [{ phase: 'Paused', reason: 'StepReached' }, '[Roll back]'],
    [{ phase: 'RollingBack', direction: 'back' }, '[Pause]'],
    [{ phase: 'Complete' }, null],
    [{ phase: 'RolledBack', direction: 'back' }, null],
  ] as const)('offers in %o what can be done: %s', (parts, buttons) => {
    const lines = textOf(rolloutMessage(report(parts), true));
    expect(lines.find((line) => line.startsWith('[')) ?? null).toBe(buttons);
    expect(textOf(rolloutMessage(report(parts), false)).some((line) => line.startsWith('['))).toBe(false);
  });

  test('a bar is full only when every pod is there', () => {
    const counts = (updated: number) => ({ replicas: 2_000, updated, available: 0, broken: 0 });
    expect(textOf(rolloutMessage(report({ counts: counts(1_999) }), false))[2]).toContain('░` 99%');
    expect(textOf(rolloutMessage(report({ counts: counts(2_000) }), false))[2]).toContain('▓` 100%');
  });
});
