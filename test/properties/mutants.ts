import type { Invariant } from './invariants/rule.ts';

/** One rule taken out or broken: the properties must notice. `npm run mutants`. */
export interface Mutant {
  /** What the engine does wrong. */
  name: string;
  file: string;
  /** Found once in the file. */
  search: string;
  replacement: string;
  /** The first violation is of one of these. */
  caughtBy: readonly Invariant[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the budget is off by one',
    file: 'src/rollout/replace.ts',
    search: 'if (look.unavailable + cost <= look.budget) return true;',
    replacement: 'if (look.unavailable + cost <= look.budget + 1) return true;',
    caughtBy: ['budget'],
  },
  {
    name: 'an accepted eviction is forgotten',
    file: 'src/executor/disrupter.ts',
    search: 'memory.accept({ pod: action.pod, uid: action.uid, target });',
    replacement: '',
    caughtBy: ['budget', 'percent', 'once'],
  },
  {
    name: 'a led pod still counts as available',
    file: 'src/rollout/look.ts',
    search: 'const available = living && soaked && !led && gate === null;',
    replacement: 'const available = living && soaked && gate === null;',
    caughtBy: ['budget', 'once', 'resume'],
  },
  {
    name: 'the fence leads for one pod while another is asked for',
    file: 'src/rollout/replace.ts',
    search: 'if (asked.writing !== null || asked.disrupting) return;',
    replacement: 'if (asked.writing !== null) return;',
    caughtBy: ['budget', 'percent'],
  },
  {
    name: 'the step is not the limit',
    file: 'src/rollout/look.ts',
    search: 'goal: steps[step] ?? 0,',
    replacement: 'goal: set.replicas,',
    caughtBy: ['percent'],
  },
  {
    name: 'a pod that the fence still has to follow does not count',
    file: 'src/rollout/fence.ts',
    search: 'if (slot.ours) return true;',
    replacement: '',
    caughtBy: ['percent'],
  },
  {
    name: 'the fence is lowered below a pod whose eviction was not accepted',
    file: 'src/rollout/moves.ts',
    search: 'const wanted = partitionWanted(look, stopped || bad || scaling);',
    replacement: 'const wanted = Math.max(0, partitionWanted(look, stopped || bad || scaling) - 1);',
    caughtBy: ['fence'],
  },
  {
    name: 'the fence is not lowered after an accepted eviction',
    file: 'src/rollout/moves.ts',
    search: 'if (wanted >= current) return current;',
    replacement: 'return current;',
    caughtBy: ['percent', 'once', 'progress', 'resume', 'seen'],
  },
  {
    name: 'the fence is not raised above a lost race',
    file: 'src/rollout/moves.ts',
    search: 'const stray = stopped && led !== undefined ? led : lost[0];',
    replacement: 'const stray = stopped && led !== undefined ? led : lost[9];',
    caughtBy: ['fence', 'pause', 'progress', 'once'],
  },
  {
    name: 'a rollback lowers the fence',
    file: 'src/rollout/stops.ts',
    search: "    what: 'rollback',\n    generation: set.generation,\n    strategy: fence,",
    replacement:
      "    what: 'rollback',\n    generation: set.generation,\n    strategy: { type: 'RollingUpdate', partition: 0 },",
    caughtBy: ['fence'],
  },
  {
    name: "the patch does not test the set's generation",
    file: 'src/executor/patch.ts',
    search: "= [{ op: 'test', path: '/metadata/generation', value: action.generation }];",
    replacement: '= [];',
    caughtBy: ['fence', 'percent', 'honest', 'once', 'seen'],
  },
  {
    name: "another's change is taken for ours",
    file: 'src/rollout/stops.ts',
    search: 'if (change === null) return false;',
    replacement: 'if (change !== undefined) return false;',
    caughtBy: ['seen', 'fence', 'honest', 'progress', 'once'],
  },
  {
    name: 'pods are evicted in a pause',
    file: 'src/rollout/decide.ts',
    search: 'const rests = stopped || spec.pauseRequested || stepRests(look, draft);',
    replacement: 'const rests = stopped || stepRests(look, draft);',
    caughtBy: ['pause'],
  },
  {
    name: 'a pod is deleted before the controller has observed the write',
    file: 'src/rollout/replace.ts',
    search: 'if (set.observedGeneration >= status.mustSee && !isBlind(look)) return true;',
    replacement: 'if (set.observedGeneration >= 0 && !isBlind(look)) return true;',
    caughtBy: ['seen'],
  },
  {
    name: 'the target is read before the controller has observed the template',
    file: 'src/rollout/opening.ts',
    search: 'if (look.asked.writing !== null || set.observedGeneration < look.status.mustSee) {',
    replacement: 'if (look.asked.writing !== null) {',
    caughtBy: ['once', 'honest', 'seen', 'progress'],
  },
  {
    name: 'a template is written while a pod is asked for',
    file: 'src/rollout/stops.ts',
    search: 'return asked.writing === null && !asked.disrupting;',
    replacement: 'return asked.writing === null;',
    caughtBy: ['seen', 'once'],
  },
  {
    name: 'the uid of a pod is no precondition',
    file: 'src/cluster/writes.ts',
    search: 'const deleteOptions = { preconditions: { uid }, ',
    replacement: 'const deleteOptions = { preconditions: uid === "" ? { uid } : {}, ',
    caughtBy: ['once', 'budget'],
  },
  {
    name: 'the Lease is not looked at before a write',
    file: 'src/executor/hands.ts',
    search: '!this.cache.fresh || !this.#lease.mayWrite()) return false;',
    replacement: '!this.cache.fresh) return false;',
    caughtBy: ['single'],
  },
  {
    name: 'a late status undoes what was written since',
    file: 'src/cluster/record-store.ts',
    search: "{ op: 'test', path, value: before },",
    replacement: "...(before === '' ? [{ op: 'test' as const, path, value: before }] : []),",
    caughtBy: ['resume', 'progress', 'honest', 'single', 'once'],
  },
  {
    name: 'the promotion is not awaited',
    file: 'src/rollout/ending.ts',
    search: "if (look.spec.strategy === 'on-delete' || set.currentRevision === target) return true;",
    replacement: 'if (target !== null) return true;',
    caughtBy: ['honest'],
  },
  {
    name: 'the end does not wait until pods are available',
    file: 'src/rollout/ending.ts',
    search: "if (!slots.every((slot) => slot.state === 'updated' && slot.available)) return false;",
    replacement: "if (!slots.every((slot) => slot.state === 'updated')) return false;",
    caughtBy: ['honest'],
  },
  {
    name: "the set's own strategy is not put back",
    file: 'src/rollout/ending.ts',
    search: "strategy: hold ? { type: 'RollingUpdate', partition: HOLD_ALL } : 'own',",
    replacement: "strategy: { type: 'RollingUpdate', partition: HOLD_ALL },",
    caughtBy: ['resume'],
  },
  {
    name: 'what Consul does not know holds nobody',
    file: 'src/rollout/pod-gate.ts',
    search: 'if (unknown === null) return false;',
    replacement: 'if (unknown === null || look.now > 0) return false;',
    caughtBy: ['gates'],
  },
  {
    name: 'a pod goes though its hook has not agreed',
    file: 'src/rollout/hook.ts',
    search: "  ask(look, draft, candidate, 'before');\n  return false;",
    replacement: "  ask(look, draft, candidate, 'before');\n  return true;",
    caughtBy: ['gates'],
  },
  {
    name: 'a pod counts before its hook has agreed',
    file: 'src/rollout/gated.ts',
    search: 'return updated && owesAfterHook(spec, status, pod) ? AFTER_HOOK : null;',
    replacement: 'return updated && pod.name === "" && owesAfterHook(spec, status, pod) ? AFTER_HOOK : null;',
    caughtBy: ['gates'],
  },
];
