import { HOLD_ALL } from '../../../src/rollout/record.ts';
import { strategyOf } from '../facts.ts';
import { same } from '../requests.ts';
import type { Schedule } from '../schedule.ts';
import type { Watchdog } from '../watchdog.ts';
import { isOver } from './over.ts';
import type { Rule } from './rule.ts';

/** What may befall executors, and nothing else: the end is the same as without. */
const OF_EXECUTORS = new Set(['kill', 'heir', 'leave', 'second', 'freeze', 'overtake', 'cut the watches', 'resume']);

/**
 * Killed at any step and started again: the same end, and no pod restarted more often than was needed. At the end the
 * set's own strategy is back, or it is held where that was asked for.
 */
export const resume: Rule = {
  name: 'resume',
  wrote({ before, after, user, write }) {
    const { status, spec, origin } = after;
    if (status === null || !isOver(status) || before.status === null || isOver(before.status)) return null;
    // given up before anything was written
    if (before.status.fence === null || origin === null || write.after === null) return null;
    const held = spec?.hold === true && spec.strategy === 'fence';
    const own = held ? { type: 'RollingUpdate', rollingUpdate: { partition: HOLD_ALL } } : origin.updateStrategy;
    const left = strategyOf(write.after);
    if (held ? after.partition === HOLD_ALL : same(own, left)) return null;
    return `${user} left ${JSON.stringify(left)}, not ${JSON.stringify(own)}`;
  },
};

/** The rest of `resume`, where nothing but executors came and went. */
export function judgeEnd({ acts, rollout }: Schedule, { truth, report }: Pick<Watchdog, 'truth' | 'report'>): void {
  const { status } = truth.set;
  if (status === null || !isOver(status) || rollout.image !== 'app:2') return;
  if (!acts.every((act) => OF_EXECUTORS.has(act.do))) return;
  if (status.phase !== 'Complete') report('resume', `ended ${status.phase}`);
  const kills = acts.filter((act) => act.do === 'kill' || act.do === 'heir').length;
  for (const name of truth.slots()) {
    const taken = truth.takings.get(name)?.length ?? 0;
    const lost = status.lostRaces.filter((race) => race.pod === name).length;
    if (taken < 1 || taken > 1 + lost + kills)
      report('resume', `${name} was taken ${taken} times, ${lost} races were lost`);
  }
}
