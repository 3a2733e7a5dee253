import { callFor } from './attention.ts';
import type { View } from './view.ts';

/**
 * A workflow command of GitHub Actions for what needs a person, which the run's page then shows at its top; null where
 * nothing does that did not before. A stop is an error, a step that waits is a notice.
 */
export function annotation(before: View | null, after: View): string | null {
  if (callFor(before, after) === null || after.banner === null) return null;
  const { tone, title, details, state } = after.banner;
  const level = tone === 'alarm' ? 'error' : 'notice';
  const text = [title, ...details, ...(state === null ? [] : [state])].join('\n');
  return `::${level} title=${property(after.header.subject)}::${data(text)}`;
}

/** As actions/toolkit escapes them (packages/core/src/command.ts). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
