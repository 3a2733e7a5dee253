import type { Rule } from './rule.ts';

/** No pod is taken before the controller has observed the write of ours that must come first (design, F8). */
export const seen: Rule = {
  name: 'seen',
  taken({ pod, by }, { set, mustSee }) {
    if (by === 'controller') return null;
    if (set.status === null) return `${by} took ${pod.name} before a record was written`;
    if (set.observedGeneration >= mustSee) return null;
    return `${by} took ${pod.name} when generation ${set.observedGeneration} was observed, and ${mustSee} written`;
  },
};
