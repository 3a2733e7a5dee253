import { describe, expect, it } from 'vitest';
import { statusLines } from '../../src/commands/status-text.ts';
import type { GlyphSet } from '../../src/ui/pod-state.ts';
import { viewModel } from '../../src/ui/view-model.ts';
import { live, middle, newPod, pod, startingPod } from '../ui/builders.ts';

const lines = (seen: ReturnType<typeof live>, glyphs: GlyphSet = 'unicode') =>
  statusLines(viewModel(seen), seen, glyphs);

describe('statusLines', () => {
  it('is the screen, once', () => {
    const shown = lines(middle());
    expect(shown.slice(0, 9)).toEqual([
      'sts/web  payments @ prod-eu  executing here',
      '  app 1.8.2 -> 1.9.0   web-7d9f6c -> web-5c4b88',
      '  Progressing for 2m10s',
      '  step 2 of 3 (50% = 8 pods)   3 at once   2m10s gone, about 15s for this step',
      '  ●●●●●●◐◐◌○○○○○○○   6 of 16 updated · 3 on the way · 7 old · 0 broken',
      '',
      '      POD      REV   STATE                      FOR     NODE',
      '  ●   web-15   new   Ready                      1m58s   ip-10-0-3-11',
      '  ●   web-14   new   Ready                      1m58s   ip-10-0-2-10',
    ]);
    expect(shown.slice(-5)).toEqual([
      '',
      '  waits for   web-7, web-8 and web-9: all 3 of the budget are in use',
      '',
      '  a pod takes 14s, the median of 2: 5s terminating, 9s starting',
      '  step ends   about 15s',
    ]);
  });

  it('speaks ASCII where that is all there is', () => {
    expect(lines(middle(), 'ascii').join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('says of a set without a rollout how its pods are', () => {
    expect(lines(live({ pods: [pod(0)], noRecord: true }))).toEqual([
      'sts/web  payments @ prod-eu  executing here',
      '  ○   0 of 1 updated · 0 on the way · 1 old · 0 broken',
      '',
      '      POD     REV   STATE   FOR   NODE',
      '  ○   web-0   old   Ready   3h    ip-10-0-0-10',
    ]);
  });

  it('of a thousand pods lists those that are not as they should be', () => {
    const pods = Array.from({ length: 1000 }, (_, ordinal) =>
      ordinal === 700 ? startingPod(ordinal) : ordinal > 700 ? newPod(ordinal) : pod(ordinal),
    );
    const shown = lines(live({ pods }));
    expect(shown.length).toBeLessThan(20);
    expect(shown.join('\n')).toContain('web-700');
    expect(shown).toContain('  and 299 updated, 700 old (-o json has all)');
  });
});
