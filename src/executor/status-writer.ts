import { canonical, type Json } from '../rollout/json.ts';
import type { RecordStatus } from '../rollout/record.ts';

/** Apart at least so long where nothing but details changed: the record shares 20 writes a minute with the Lease. */
const QUIET_MS = 10_000;

/** A change that people wait for is written at once, but not more often than this. */
const PROMPT_MS = 1_000;

/** Decides when the status is worth a write of its own; most of it travels with the writes of the fence. */
export class StatusWriter {
  #written: RecordStatus | null;
  #at = Number.NEGATIVE_INFINITY;

  constructor(written: RecordStatus | null) {
    this.#written = written;
  }

  wrote(status: RecordStatus, now: number): void {
    this.#written = status;
    this.#at = now;
  }

  /** It may not have been written: it still has to be, and not at once. */
  failed(now: number): void {
    this.#at = now;
  }

  /** When this status has to be written: now or earlier, later, or never (null). */
  dueAt(status: RecordStatus): number | null {
    const written = this.#written;
    if (written === null) return null;
    if (headline(written) !== headline(status)) return this.#at + PROMPT_MS;
    return details(written) === details(status) ? null : this.#at + QUIET_MS;
  }
}

/** What a colleague's screen must not be late with. */
function headline(status: RecordStatus): string {
  const { phase, reason, step, failed, lostRaces, leaks, led, held } = status;
  const lists = [failed, lostRaces, leaks].map((list) => list.length);
  return [phase, reason ?? '', step, ...lists, led?.uid ?? '', held, gateHeadline(status), told(status)].join(' ');
}

/** And an answer of a hook, so that the next executor need not ask again. */
function gateHeadline({ gates, hooks }: RecordStatus): string {
  const answers = hooks?.answers.map(({ uid, moment, agreed }) => `${uid}${moment}${agreed}`) ?? [];
  const verdicts = gates?.steps.map(({ verdict }) => verdict) ?? [];
  return [gates?.services?.unknown !== undefined, ...verdicts, ...answers, hooks?.done.length ?? 0].join(' ');
}

/** And what was told, so that the next executor does not tell it again. */
function told({ notifications, conditions }: RecordStatus): string {
  if (notifications === undefined) return '';
  const { sequence, slack, owed, carried } = notifications;
  const owedTo = owed.reduce((sum, milestone) => sum + milestone.owedTo.length, 0);
  return [sequence, slack?.ts, owedTo, carried.length, conditions?.length].join(' ');
}

function details(status: RecordStatus): string {
  const { updatedAt, mustSee, lastDisruptionAt, lastProgressAt, graceUntil, ...rest } = status;
  return canonical(JSON.parse(JSON.stringify(rest)) as Json);
}
