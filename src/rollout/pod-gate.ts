import { block, type Draft, wake } from './draft.ts';
import { formatDuration } from './duration.ts';
import { AFTER_HOOK } from './gated.ts';
import { type Look, namePods } from './look.ts';
import type { Living } from './order.ts';

/** On a pod: a time (RFC 3339) before which it is not to be evicted, for a long-lived job on it. */
export const NOT_BEFORE = 'rollouts.bedrock.dev/not-before';

/**
 * Where service discovery cannot be asked, or has lost pods that are well, nothing is known: no pod is disrupted, and
 * nothing is rolled back or deleted (hashicorp/consul#1791, case D30).
 * @returns why nothing is known, in words; null where all is
 */
export function servicesUnknown(look: Pick<Look, 'spec' | 'gates'>): { words: string; pods: string[] } | null {
  if (look.spec.serviceDiscovery === undefined) return null;
  const { services } = look.gates;
  if (services === undefined) return { words: 'Consul has not been asked yet', pods: [] };
  if (services.unknown !== undefined) return { words: services.unknown, pods: [] };
  const lost = services.waiting.filter((each) => each.verdict === 'unknown');
  const [first] = lost;
  if (first === undefined) return null;
  const pods = lost.map((each) => each.pod);
  return { words: `${namePods(pods)}: ${first.words}`, pods };
}

/** Whether the facts of service discovery hold every pod where it is; then a blocker says so. */
export function servicesHold(look: Look, draft: Draft): boolean {
  const unknown = servicesUnknown(look);
  if (unknown === null) return false;
  block(draft, 'gate', `${unknown.words}; no pod is disrupted until that is known`, unknown.pods);
  return true;
}

/** Whether the pod itself asks not to be taken yet. */
export function notBeforeHolds(look: Look, draft: Draft, candidate: Living): boolean {
  const { notBefore } = candidate.pod;
  // what is broken does no job that anyone waits for
  if (notBefore === undefined || look.spec.ignoreNotBefore === true || candidate.broken) return false;
  if (notBefore.at !== null && notBefore.at <= look.now) return false;
  const when =
    notBefore.at === null
      ? `the annotation ${NOT_BEFORE} is no time: ${JSON.stringify(notBefore.text)}`
      : `not before ${notBefore.text}, in ${formatDuration(notBefore.at - look.now)} (annotation ${NOT_BEFORE})`;
  block(draft, 'not-before', `${candidate.name} is not to be evicted: ${when}; --ignore-not-before overrides`, [
    candidate.name,
  ]);
  wake(draft, notBefore.at);
  return true;
}

/** Pods that are Ready and wait for a gate of their own: a blocker for each reason. */
export function blockGated(look: Look, draft: Draft): void {
  const reasons = new Map<string, string[]>();
  for (const slot of look.slots) {
    // what a hook says has a blocker of its own
    if (slot.gate === null || slot.gate === AFTER_HOOK || slot.state !== 'updated') continue;
    reasons.set(slot.gate, [...(reasons.get(slot.gate) ?? []), slot.name]);
  }
  for (const [words, names] of reasons) block(draft, 'gate', `${namePods(names)} counts when: ${words}`, names);
}
