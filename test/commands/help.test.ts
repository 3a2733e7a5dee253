import { describe, expect, it } from 'vitest';
import { help } from '../../src/commands/help.ts';
import { run } from '../../src/commands/run.ts';
import { manualPage, TOPICS } from '../../src/commands/topics.ts';
import { fakeHost } from './fake-host.ts';

describe('help', () => {
  it.each(Object.keys(TOPICS))('tells of %s', async (topic) => {
    const host = fakeHost();
    expect(await run(['help', topic], host)).toBe(0);
    expect(host.out().split('\n').length).toBeGreaterThan(20);
    // Markdown that a terminal would show as it is
    expect(host.out()).not.toMatch(/^#|```|\]\(/m);
  });

  it('tells of a command as its --help does, and of all without a word', async () => {
    const [byHelp, byFlag, all] = [fakeHost(), fakeHost(), fakeHost()];
    await help(['rollout'], byHelp);
    await run(['rollout', '--help'], byFlag);
    expect(byHelp.out()).toBe(byFlag.out());
    await help([], all);
    for (const topic of Object.keys(TOPICS)) expect(all.out()).toContain(`kubectl bedrock help ${topic}`);
  });

  it('says what was meant', async () => {
    const host = fakeHost();
    expect(await run(['help', 'stratgies'], host)).toBe(2);
    expect(host.err()).toContain('did you mean strategies?');
  });
});

describe('manualPage', () => {
  it('makes of Markdown what a terminal reads', () => {
    const page = manualPage(
      '# A *page*\n\nSee [that](that.md) **now**: `x`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n# code\n```\n',
    );
    expect(page).toBe('A *PAGE*\n\nSee that now: x.\n\n| a | b |\n\n| 1 | 2 |\n\n    # code\n');
  });
});
