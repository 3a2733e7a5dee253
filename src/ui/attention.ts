import type { View } from './view.ts';

export const BELLS = ['auto', 'bell', 'osc9', 'off'] as const;
/** How a person is called: by the terminal's bell, or by a notification that the terminal shows (OSC 9). */
export type Bell = (typeof BELLS)[number];

/** For the title of the window: "sts/web 37% 6/16", "! sts/web paused 37% 6/16". ASCII: it is shown in many fonts. */
export function titleOf({ header, phase, counts, banner }: View): string {
  const share = counts.replicas === 0 ? 100 : Math.floor((counts.updated / counts.replicas) * 100);
  const mark = banner?.tone === 'alarm' ? '! ' : '';
  const word = phase.phase === null || phase.phase === 'Progressing' ? '' : ` ${WORDS[phase.phase]}`;
  return `${mark}${header.subject}${word} ${share}% ${counts.updated}/${counts.replicas}`;
}

const WORDS = {
  Pending: 'pending',
  Settling: 'settling',
  Paused: 'paused',
  RollingBack: 'rolling back',
  Complete: 'complete',
  RolledBack: 'rolled back',
} as const;

/**
 * What to call a person for, that was no cause in the picture before: an alarm, or a step that waits for somebody. Not for
 * what this person has just asked for, nor for an end: that can wait.
 * @param before null for the first picture: whoever opens a screen looks at it
 */
export function callFor(before: View | null, after: View): string | null {
  const cause = causeOf(after);
  return before === null || cause === null || cause === causeOf(before) ? null : `${after.header.subject}: ${cause}`;
}

function causeOf({ banner, phase, pace }: View): string | null {
  if (banner?.tone === 'alarm') return banner.title;
  const waits = phase.phase === 'Paused' && phase.reason === 'StepReached' && !pace.pause.startsWith('next step');
  return waits && banner !== null ? banner.title : null;
}

/** Terminals that show OSC 9 as a notification; others ignore it or, as Windows Terminal, mean progress by it. */
const NOTIFIERS: ReadonlySet<string> = new Set(['iTerm.app', 'WezTerm', 'ghostty', 'kitty']);

/** The bytes that call a person; '' for none. */
export function callBytes(bell: Bell, text: string, env: NodeJS.ProcessEnv): string {
  switch (bell) {
    case 'off':
      return '';
    case 'bell':
      return '\u0007';
    case 'osc9':
      return `\u001b]9;${text}\u0007`;
    case 'auto':
      // tmux and screen pass the bell on, but not what they do not know
      return env.TMUX === undefined && NOTIFIERS.has(env.TERM_PROGRAM ?? '') ? callBytes('osc9', text, env) : '\u0007';
  }
}

/** Puts the window's title aside, sets it, and puts it back (xterm's window operations 22 and 23). */
export const TITLE = {
  save: '\u001b[22;2t',
  set: (text: string) => `\u001b]2;${text}\u0007`,
  restore: '\u001b[23;2t',
} as const;
