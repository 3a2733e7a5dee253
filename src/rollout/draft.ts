import type { Action, Blocker, Decision, Outcome } from './decision.ts';
import type { Look } from './look.ts';
import type { PauseReason, Phase, RecordEvent, RecordStatus } from './record.ts';

const EVENTS_KEPT = 20;

/** A decision in the making: each rule adds what it has to say. */
export interface Draft {
  status: RecordStatus;
  actions: Action[];
  blockers: Blocker[];
  wakes: number[];
  outcome: Outcome | null;
}

export function newDraft(status: RecordStatus): Draft {
  return { status: { ...status }, actions: [], blockers: [], wakes: [], outcome: null };
}

export function block(draft: Draft, code: Blocker['code'], message: string, pods: string[] = []): void {
  draft.blockers.push({ code, message, pods });
}

export function wake(draft: Draft, at: number | null): void {
  if (at !== null && Number.isFinite(at)) draft.wakes.push(at);
}

export function note(draft: Draft, now: number, kind: string, message: string, pod?: string): void {
  draft.status.events = withEvent(draft.status, now, kind, message, pod);
}

export function withEvent(
  status: RecordStatus,
  now: number,
  kind: string,
  message: string,
  pod?: string,
): RecordEvent[] {
  const event: RecordEvent = { at: stamp(now), kind, message, ...(pod === undefined ? {} : { pod }) };
  return [...status.events, event].slice(-EVENTS_KEPT);
}

/** Enters a phase; the same phase for the same reason keeps its beginning. */
export function enter(draft: Draft, now: number, phase: Phase, reason?: PauseReason, message?: string): void {
  const { status } = draft;
  if (status.phase === phase && status.reason === reason) return;
  draft.status = { ...status, ...phaseFields(now, phase, reason, message) };
}

export function phaseFields(
  now: number,
  phase: Phase,
  reason?: PauseReason,
  message?: string,
): Pick<RecordStatus, 'phase' | 'reason' | 'message' | 'since'> {
  return { phase, reason, message, since: stamp(now) };
}

/** RFC 3339, as the record keeps times. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString();
}

export function finish(draft: Draft, look: Look | null, now: number): Decision {
  const next = draft.wakes.filter((at) => at > now);
  return {
    actions: draft.actions,
    status: draft.status,
    blockers: draft.blockers,
    wakeAt: next.length === 0 ? null : Math.min(...next),
    outcome: draft.outcome,
    plan:
      look === null
        ? { replicas: 0, steps: [], step: 0, goal: 0, budget: 1, unavailable: 0, next: [] }
        : {
            replicas: look.set.replicas,
            steps: look.steps,
            step: look.step,
            goal: look.goal,
            budget: look.budget,
            unavailable: look.unavailable,
            next: [],
          },
  };
}
