import type { AskAction } from './decision.ts';
import { block, type Draft, wake } from './draft.ts';
import { durationMs, formatDuration } from './duration.ts';
import { type HookAnswer, type HookStatus, uidKey } from './gate-facts.ts';
import { type HookMoment, hookOf } from './gate-spec.ts';
import { AFTER_HOOK } from './gated.ts';
import type { Look } from './look.ts';
import type { Living } from './order.ts';

/** An application that agreed so long ago may be another by now: it is asked again. */
const AGREEMENT_MS = 5 * 60_000;

/**
 * The before-pod hook of the pod whose turn it is, and that may go otherwise: asked for one pod at a time, never for
 * one that the budget would not let go.
 * @returns whether it agrees; else a blocker says what it waits for
 */
export function agreesToGo(look: Look, draft: Draft, candidate: Living): boolean {
  const hook = hookOf(look.spec.hooks, 'before');
  // an answer to an eviction may be on its way, and with it the budget may be used up
  if (hook === null || look.asked.disrupting) return true;
  const answer = answerOf(look, 'before', candidate.pod.uid);
  if (answer?.agreed === true && look.now - Date.parse(answer.at) < AGREEMENT_MS) return true;
  ask(look, draft, candidate, 'before');
  return false;
}

/** The after-pod hooks of new pods that are Ready and found: as many at once as may be unavailable. */
export function askAfterHooks(look: Look, draft: Draft): void {
  if (hookOf(look.spec.hooks, 'after') === null) return;
  const due = look.slots.filter((slot): slot is Living => slot.gate === AFTER_HOOK && slot.state === 'updated');
  for (const slot of due.slice(0, look.budget)) ask(look, draft, slot, 'after');
}

function ask(look: Look, draft: Draft, slot: Living, moment: HookMoment): void {
  const hook = hookOf(look.spec.hooks, moment);
  if (hook === null) return;
  const { pod } = slot;
  if (isAsking(look, moment, pod.uid)) {
    block(draft, 'hook', `${slot.name}: its ${moment}-pod hook runs`, [slot.name]);
    return;
  }
  const answer = answerOf(look, moment, pod.uid);
  if (answer?.agreed === false) {
    const again = Date.parse(answer.at) + durationMs(hook.retryInterval);
    const retry = again > look.now ? `asked again in ${formatDuration(again - look.now)}` : 'asked again now';
    block(draft, 'hook', `${slot.name}: its ${moment}-pod hook refuses: ${answer.words} (${retry})`, [slot.name]);
    if (again > look.now) {
      wake(draft, again);
      return;
    }
  }
  const { name, ordinal } = slot;
  const { uid, revision, ip } = pod;
  const action: AskAction = { kind: 'ask', moment, hook, pod: name, uid, ordinal, revision, ip };
  draft.actions.push(action);
}

function isAsking(look: Look, moment: HookMoment, uid: string): boolean {
  return look.asked.asking?.some((each) => each.uid === uid && each.moment === moment) ?? false;
}

function answerOf({ status }: Pick<Look, 'status'>, moment: HookMoment, uid: string): HookAnswer | undefined {
  return status.hooks?.answers.find((each) => each.uid === uid && each.moment === moment);
}

/** The pod whose hook has refused more often than it may, in words. @param fresh whether an answer counts still */
export function failedHook(look: Look, fresh: (at: string) => boolean): { pod: string; words: string } | null {
  for (const answer of look.status.hooks?.answers ?? []) {
    const retries = hookOf(look.spec.hooks, answer.moment)?.retries;
    if (retries === undefined || answer.agreed || answer.tries <= retries || !fresh(answer.at)) continue;
    const times = answer.tries === 1 ? 'once' : `${answer.tries} times`;
    return { pod: answer.pod, words: `${answer.pod}: its ${answer.moment}-pod hook refused ${times}: ${answer.words}` };
  }
  return null;
}

/** What is known of hooks after one answer more. */
export function withAnswer(hooks: HookStatus | undefined, answer: Omit<HookAnswer, 'tries'>): HookStatus {
  const { answers, done } = hooks ?? { answers: [], done: [] };
  const before = answers.find((each) => each.uid === answer.uid && each.moment === answer.moment);
  const others = answers.filter((each) => each !== before);
  if (answer.agreed && answer.moment === 'after') return { answers: others, done: [...done, uidKey(answer.uid)] };
  const tries = (before?.agreed === false ? before.tries : 0) + 1;
  return { answers: [...others, { ...answer, tries }], done };
}

/** Of pods that are gone nothing need be known any more. */
export function forgetHooks(look: Look, draft: Draft): void {
  const { hooks } = draft.status;
  if (hooks === undefined) return;
  const uids = new Set(look.slots.flatMap(({ pod }) => (pod === null ? [] : [pod.uid])));
  const keys = new Set([...uids].map(uidKey));
  const answers = hooks.answers.filter((answer) => uids.has(answer.uid));
  const done = hooks.done.filter((key) => keys.has(key));
  if (answers.length === hooks.answers.length && done.length === hooks.done.length) return;
  draft.status = { ...draft.status, hooks: { answers, done } };
}
