import type { Blocker } from '../rollout/decision.ts';
import { namePods } from '../rollout/look.ts';
import { clean } from './text.ts';
import type { BlockerView } from './view.ts';

/** Which rule waits for what, in words that name the pods. */
export function blockersOf(blockers: readonly Blocker[]): BlockerView[] {
  const views = blockers.map(({ code, message, pods }) => ({
    code,
    text: clean(namesOne(message, pods) ? message : `${namePods(pods)}: ${message}`),
    pods: pods.map(clean),
  }));
  return views.filter((view, index) => views.findIndex((other) => other.text === view.text) === index);
}

function namesOne(message: string, pods: readonly string[]): boolean {
  return pods.length === 0 || pods.some((pod) => message.includes(pod));
}
