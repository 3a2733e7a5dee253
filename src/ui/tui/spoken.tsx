import { Box, Text as InkText } from 'ink';
import { clockTime } from '../text.ts';
import type { View } from '../view.ts';
import type { Flash, KeyHint } from './foot.tsx';

interface SpokenProps {
  view: View;
  flash: Flash | null;
  question: readonly string[];
  keys: readonly KeyHint[];
}

/**
 * The screen for who hears it: what counts first, nothing drawn, and no more than changes what is to be known. Seconds
 * that pass are left out: each of them would be read aloud.
 */
export function Spoken({ view, flash, question, keys }: SpokenProps) {
  return (
    <Box flexDirection="column">
      {spokenLines(view, flash, question).map((line) => (
        <InkText key={line}>{line}</InkText>
      ))}
      <InkText>{`Keys: ${keys.map(({ key, label }) => `${key} ${label}`).join(', ')}.`}</InkText>
    </Box>
  );
}

export function spokenLines(view: View, flash: Flash | null, question: readonly string[]): string[] {
  const { header, change, counts, pace, banner, blockers, events } = view;
  const last = events.at(-1);
  return [
    ...question,
    ...(banner === null ? [] : [banner.title, ...banner.details, ...(banner.state === null ? [] : [banner.state])]),
    ...(banner?.choices ?? []).map(({ key, text }) => `${key}: ${text}`),
    `${header.subject} in ${header.namespace}${header.decidedBy === null ? '' : `, decided by ${header.decidedBy}`}, ${header.hands}${header.connection === 'live' ? '' : `, ${header.connectionWords}`}.`,
    `${change.direction === 'back' ? 'Rolling back: ' : ''}${change.images.join(', ')}.`,
    `${counts.words.join(', ')}.`,
    [pace.step, pace.speed].filter((part) => part !== '').join(', '),
    ...blockers.slice(0, 2).map(({ text }) => `Waits for ${text}.`),
    ...(last === undefined ? [] : [`${clockTime(last.at)} ${last.text}`]),
    ...(flash === null ? [] : [flash.text]),
  ].filter((line, index, all) => line !== '' && all.indexOf(line) === index);
}
