import { block, type Draft, enter, note, stamp, wake } from './draft.ts';
import { failedHook } from './hook.ts';
import type { Look } from './look.ts';
import { inOrder } from './order.ts';
import { servicesHold, servicesUnknown } from './pod-gate.ts';

/** The facts of the gates that count now: on the way back none is asked whether one may go back. */
function stepFacts(look: Look): Look['gates']['steps'] {
  return look.status.direction === 'back' ? [] : look.gates.steps;
}

function unasked(look: Look): number {
  if (look.status.direction === 'back') return 0;
  return (look.spec.gates?.length ?? 0) - look.gates.steps.length;
}

/** In the middle of a step: the last answer of every gate must have been a pass. */
export function gatesHold(look: Look, draft: Draft): boolean {
  let holds = servicesHold(look, draft);
  if (unasked(look) > 0) {
    block(draft, 'gate', 'the gates have not been asked yet');
    holds = true;
  }
  for (const gate of stepFacts(look)) {
    if (gate.verdict === 'pass' || gate.verdict === 'idle') continue;
    block(draft, 'gate', `gate ${gate.name}: ${gate.words}; no pod is disrupted until it passes`);
    holds = true;
  }
  return holds;
}

/**
 * Between two steps and at the end: every gate must have passed as often as asked, in a row, since the pods were there;
 * and as many pods as before the start must be found by service discovery.
 */
export function stepGatesHold(look: Look, draft: Draft): boolean {
  const { spec, status, now } = look;
  if (spec.serviceDiscovery === undefined && (spec.gates ?? []).length === 0) return false;
  let holds = servicesHold(look, draft);
  if (status.direction === 'back') return holds;
  const { services } = look.gates;
  const wanted = Math.min(status.passingAtStart ?? 0, look.set.replicas);
  if (!holds && services !== undefined && services.passing < wanted) {
    block(draft, 'gate', `Consul has ${services.passing} pods passing, and had ${wanted} at the start`);
    holds = true;
  }
  const reached = draft.status.stepReachedAt;
  if (reached === undefined || reached !== status.stepReachedAt) {
    // only answers that come from now on are of all these pods
    draft.status = { ...draft.status, stepReachedAt: reached ?? stamp(now) };
    wake(draft, now + 1);
    return holds || (spec.gates ?? []).length > 0;
  }
  if (unasked(look) > 0) {
    block(draft, 'gate', 'the gates have not been asked yet');
    holds = true;
  }
  for (const gate of stepFacts(look)) {
    if (gate.verdict === 'idle' || (gate.verdict === 'pass' && gate.passed >= gate.passes)) continue;
    const sofar = gate.verdict === 'pass' ? `passed ${gate.passed} of ${gate.passes} times in a row` : 'not passing';
    block(draft, 'gate', `gate ${gate.name}: ${sofar} (${gate.words})`);
    holds = true;
  }
  return holds;
}

/** A gate that fails, or a hook that refused too often, stops the rollout, or turns it round. */
export function stopAtGateFailure(look: Look, draft: Draft): void {
  const { spec, now } = look;
  // what was known when somebody said go on does not stop us again
  const fresh = (at: string | undefined) =>
    at !== undefined && (spec.resumedAt === undefined || Date.parse(at) > Date.parse(spec.resumedAt));
  const gate = stepFacts(look).find((each) => each.verdict === 'fail' && fresh(each.at));
  const refused = failedHook(look, fresh);
  if (gate === undefined && refused === null) return;
  const message = gate === undefined ? (refused?.words ?? '') : `gate ${gate.name} fails: ${gate.words}`;
  enter(draft, now, 'Paused', 'GateFailed', message);
  note(draft, now, 'gate-failed', message, refused?.pod);
}

/** What the gates wait for, in words, for a rollout that makes no progress; null where they wait for nothing. */
export function gateWords(look: Look, draft: Draft): string | null {
  const said = draft.blockers.find(({ code }) => code === 'gate' || code === 'hook')?.message;
  if (said !== undefined) return said;
  const gated = look.slots.find((slot) => slot.gate !== null && slot.state === 'updated');
  const refusing = look.status.hooks?.answers.find((answer) => !answer.agreed);
  return (
    servicesUnknown(look)?.words ??
    (refusing === undefined ? null : `${refusing.pod}: its ${refusing.moment}-pod hook refuses: ${refusing.words}`) ??
    (gated === undefined ? null : `${gated.name}: ${gated.gate}`) ??
    stepFacts(look).find(({ verdict }) => verdict === 'unknown')?.words ??
    null
  );
}

/** The last moment at which a gate did what it is for, milliseconds: a deadline counts from there. */
export function gateProgressAt(look: Look): number {
  const passes = stepFacts(look).flatMap(({ verdict, at }) =>
    verdict === 'pass' && at !== undefined ? [Date.parse(at)] : [],
  );
  const hooks = look.asked.asking?.map(({ until }) => until) ?? [];
  const notBefore = inOrder(look)[0]?.pod.notBefore?.at ?? 0;
  return Math.max(0, notBefore, ...passes, ...hooks);
}
