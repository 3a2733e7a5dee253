import { describe, expect, it } from 'vitest';
import { PALETTES } from '../../src/ui/palette.ts';
import { printPlan } from '../../src/ui/plan-view.ts';
import { prepareTerminal } from '../../src/ui/terminal.ts';

describe('printPlan', () => {
  it('aligns, and cleans what it prints', () => {
    expect(
      printPlan({
        title: 'Roll out sts/web',
        lines: [
          { label: 'app', text: '1 -> \u001b[31m2' },
          { label: 'order', text: 'web-2 down' },
          { label: '', text: 'to web-0' },
        ],
        warnings: ['hpa/web may scale'],
      }),
    ).toEqual([
      'Roll out sts/web',
      '  app     1 -> 2',
      '  order   web-2 down',
      '          to web-0',
      '  ! hpa/web may scale',
    ]);
  });
});

describe('prepareTerminal', () => {
  it('turns colour off in the way that Ink obeys', () => {
    const env: NodeJS.ProcessEnv = { NO_COLOR: '1', TERM: 'xterm', LANG: 'C.UTF-8' };
    expect(prepareTerminal(env, undefined, 'linux')).toMatchObject({
      glyphs: 'unicode',
      color: false,
      fullScreen: true,
    });
    expect(env).toEqual({ FORCE_COLOR: '0', NODE_ENV: 'production', TERM: 'xterm', LANG: 'C.UTF-8' });
  });
  it.each<[NodeJS.ProcessEnv, NodeJS.Platform, object]>([
    [{ TERM: 'dumb', LANG: 'C.UTF-8' }, 'linux', { glyphs: 'ascii', color: false, fullScreen: false }],
    [{ TERM: 'linux', LANG: 'C.UTF-8' }, 'linux', { glyphs: 'ascii', color: true, fullScreen: true }],
    [{ TERM: 'xterm', LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, 'linux', { glyphs: 'ascii', color: true, fullScreen: true }],
    [{ TERM: 'xterm', LC_ALL: '', LANG: 'de_DE.utf8' }, 'linux', { glyphs: 'unicode', color: true, fullScreen: true }],
    [{ TERM: 'xterm', NO_COLOR: '' }, 'darwin', { glyphs: 'unicode', color: true, fullScreen: true }],
    [{}, 'win32', { glyphs: 'ascii', color: true, fullScreen: true }],
    [{ WT_SESSION: 'x' }, 'win32', { glyphs: 'unicode', color: true, fullScreen: true }],
  ])('%j on %s', (env, platform, terminal) => {
    expect(prepareTerminal(env, undefined, platform)).toMatchObject(terminal);
  });

  it.each<[NodeJS.ProcessEnv, Parameters<typeof prepareTerminal>[1], object]>([
    [{ TERM: 'xterm' }, undefined, { palette: PALETTES.dark.sixteen, bell: 'auto' }],
    [{ TERM: 'xterm-256color' }, undefined, { palette: PALETTES.dark.full }],
    [{ TERM: 'screen', COLORTERM: 'truecolor' }, undefined, { palette: PALETTES.dark.full }],
    [{ TERM: 'xterm', COLORFGBG: '0;15' }, undefined, { palette: PALETTES.light.sixteen }],
    [{ TERM: 'xterm', COLORFGBG: '15;default;0' }, undefined, { palette: PALETTES.dark.sixteen }],
    [
      { TERM: 'xterm', BEDROCK_THEME: 'light', BEDROCK_BELL: 'off' },
      undefined,
      { palette: PALETTES.light.sixteen, bell: 'off' },
    ],
    [
      { TERM: 'xterm', BEDROCK_THEME: 'pink', BEDROCK_BELL: 'gong' },
      undefined,
      { palette: PALETTES.dark.sixteen, bell: 'auto' },
    ],
    [
      { BEDROCK_THEME: 'light', BEDROCK_BELL: 'off' },
      { theme: 'dark', bell: 'osc9' },
      { palette: PALETTES.dark.sixteen, bell: 'osc9' },
    ],
  ])('takes colours and bell from %j and %j', (env, flags, terminal) => {
    expect(prepareTerminal(env, flags, 'linux')).toMatchObject(terminal);
  });
});
