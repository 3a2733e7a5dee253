import { unavailableBudget } from '../../../src/rollout/percent.ts';
import type { Rule } from './rule.ts';

/** Our disruptions never take the number of unavailable pods above maxUnavailable. */
export const budget: Rule = {
  name: 'budget',
  taken({ pod, by }, truth) {
    // a pod that is down already costs nothing
    if (!truth.inRange(pod) || !truth.isAvailable(pod.name)) return null;
    const down = truth.slots().filter((name) => name !== pod.name && truth.isKnownDown(name));
    const most = Math.max(
      ...truth.believable().map(({ spec, replicas }) => unavailableBudget(spec?.maxUnavailable ?? '1', replicas)),
    );
    if (down.length < most) return null;
    return `${by} took ${pod.name} while ${down.join(', ')} were down: ${most} may be`;
  },
};
