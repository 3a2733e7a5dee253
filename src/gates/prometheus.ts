import { z } from 'zod';
import { durationMs } from '../rollout/duration.ts';
import type { StepFacts } from '../rollout/gate-facts.ts';
import { gateName, meets, type StepGate } from '../rollout/gate-spec.ts';
import { plainText } from '../rollout/plain-text.ts';
import { type Outside, pause, type Timer, within } from './outside.ts';
import { type PrometheusAccess, prometheusAccess } from './prometheus-access.ts';

/** The names of the pods at the new version, and of those that are not. */
export interface PodNames {
  fresh: readonly string[];
  old: readonly string[];
}

const TIMEOUT_MS = 10_000;
/** More passes than any gate asks for. */
const PASSES_KEPT = 100;

/** Asks Prometheus the same question again and again. */
export class PrometheusGate {
  readonly #stopped = new AbortController();
  #verdict: StepFacts['verdict'] = 'unknown';
  #words = 'not asked yet';
  #at: number | null = null;
  /** When it passed, without another verdict in between. */
  #passedAt: number[] = [];
  #wake: AbortController | null = null;

  /** @param pods asked before each query */
  constructor(
    private readonly timer: Timer,
    private readonly outside: Outside,
    private readonly gate: StepGate,
    private readonly pods: () => PodNames,
    private readonly changed: () => void,
  ) {
    void this.#run();
  }

  /** @param since only passes from then on count (milliseconds); null: all */
  facts(since: number | null): StepFacts {
    return {
      name: gateName(this.gate),
      verdict: this.#verdict,
      words: this.#words,
      ...(this.#at === null ? {} : { at: new Date(this.#at).toISOString() }),
      passed: this.#passedAt.filter((at) => since === null || at >= since).length,
      passes: this.gate.passes,
    };
  }

  /** The pods have changed: a gate that had nobody to ask of need not wait. */
  podsChanged(): void {
    if (this.#verdict === 'idle' && queryOf(this.gate.query, this.pods()) !== null) this.#wake?.abort();
  }

  stop(): void {
    this.#stopped.abort();
    this.#wake?.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const every = durationMs(this.gate.every);
    while (!signal.aborted) {
      const asked = this.timer.now();
      const answer = await this.#ask();
      if (signal.aborted) return;
      const at = this.timer.now();
      this.#verdict = answer.verdict;
      this.#words = answer.words;
      this.#at = answer.verdict === 'idle' ? null : at;
      this.#passedAt = answer.verdict === 'pass' ? [...this.#passedAt, at].slice(-PASSES_KEPT) : [];
      this.#wake = new AbortController();
      this.changed();
      await pause(this.timer, Math.max(0, asked + every - at), this.#wake.signal);
    }
  }

  async #ask(): Promise<Pick<StepFacts, 'verdict' | 'words'>> {
    const query = queryOf(this.gate.query, this.pods());
    if (query === null) return { verdict: 'idle', words: 'there are no pods to ask of yet' };
    try {
      const value = await askPrometheus(this.timer, this.outside, this.gate.url, query, this.#stopped.signal);
      return judge(value, this.gate);
    } catch (error) {
      return { verdict: 'unknown', words: plainText(error instanceof Error ? error.message : String(error)) };
    }
  }
}

/** What a number is to a gate; null is no data. */
export function judge(
  value: number | null,
  { pass, fail }: Pick<StepGate, 'pass' | 'fail'>,
): Pick<StepFacts, 'verdict' | 'words'> {
  if (value === null) return { verdict: 'unknown', words: 'the query gives no data' };
  if (Number.isNaN(value)) return { verdict: 'unknown', words: 'the query gives NaN' };
  const number = String(Number(value.toPrecision(6)));
  if (fail !== undefined && meets(value, fail)) return { verdict: 'fail', words: `${number} is ${fail}` };
  if (pass === undefined || meets(value, pass)) return { verdict: 'pass', words: number };
  return { verdict: 'unknown', words: `${number} is not ${pass}` };
}

/**
 * One instant query. @returns its number; null where it gives no data
 * @throws Error, in words for people, where there is no answer, or it is not one number
 */
export async function askPrometheus(
  timer: Timer,
  outside: Outside,
  base: string,
  query: string,
  stopped: AbortSignal,
): Promise<number | null> {
  const url = `${base.replace(/\/+$/, '')}/api/v1/query`;
  const access = await prometheusAccess(outside, base);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...access.headers,
  };
  const body = new URLSearchParams({ query }).toString();
  const answer = await within(timer, TIMEOUT_MS, stopped, (signal) =>
    outside.call({ method: 'POST', url, headers, body, tls: access.tls, signal }),
  );
  if (answer.status === 401 || answer.status === 403) throw new Error(refusalOf(answer.status, access));
  return numberOf(answer.status, answer.text);
}

function refusalOf(status: number, { headers, without }: PrometheusAccess): string {
  if (without !== null) return `Prometheus answers ${status}, and was asked as nobody: ${without}`;
  return headers.authorization === undefined
    ? `Prometheus answers ${status}, and was asked as nobody: PROMETHEUS_URL and PROMETHEUS_TOKEN (or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD) say as whom`
    : `Prometheus answers ${status} to these credentials`;
}

const answerShape = z.union([
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ value: z.tuple([z.number(), z.string()]).optional() })),
      }),
    ]),
  }),
  z.object({ status: z.literal('error'), errorType: z.string().optional(), error: z.string() }),
]);

function numberOf(status: number, text: string): number | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`Prometheus answers ${status}, and no JSON`);
  }
  const parsed = answerShape.safeParse(json);
  if (!parsed.success) throw new Error(`Prometheus answers ${status}, and neither a vector nor a scalar`);
  if (parsed.data.status === 'error')
    throw new Error(`Prometheus refuses the query: ${parsed.data.error.slice(0, 200)}`);
  const { data } = parsed.data;
  if (data.resultType === 'scalar') return floatOf(data.result[1]);
  if (data.result.length > 1) throw new Error(`the query gives ${data.result.length} values, not one: aggregate them`);
  const value = data.result[0]?.value;
  return value === undefined ? null : floatOf(value[1]);
}

/** As Prometheus writes floats: "+Inf" and "-Inf" besides what Number knows. */
function floatOf(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** The query with the pods' names in it; null where it asks of pods of which there is none. */
export function queryOf(query: string, { fresh, old }: PodNames): string | null {
  const asksNew = query.includes('$newPods');
  const asksOld = query.includes('$oldPods');
  if ((asksNew && fresh.length === 0) || (asksOld && old.length === 0)) return null;
  return query.replaceAll('$newPods', () => namesPattern(fresh)).replaceAll('$oldPods', () => namesPattern(old));
}

/** A backslash would have to be doubled between quotes, but not between backticks: a class needs none. */
function namesPattern(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('.', '[.]')).join('|');
}
