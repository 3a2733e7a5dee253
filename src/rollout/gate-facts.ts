import { z } from 'zod';

/**
 * What those outside the cluster say, as plain facts. The executor's gates gather them; in the record's status they
 * reach those who only watch.
 */
const serviceFactsSchema = z.object({
  /** Why nothing can be known now: what is told of pods is what was known last. */
  unknown: z.string().optional(),
  /** Pods of the set that every service has a passing instance of. */
  passing: z.number().int(),
  /** Pods that do not pass, or of which it is not known; all others pass. */
  waiting: z.array(
    z.object({ pod: z.string(), uid: z.string(), verdict: z.enum(['fail', 'unknown']), words: z.string() }),
  ),
});

const stepFactsSchema = z.object({
  name: z.string(),
  /** `idle`: asks of new pods, and there is none yet. */
  verdict: z.enum(['pass', 'fail', 'unknown', 'idle']),
  /** Of the last answer: "0.02", "no answer within 10s". */
  words: z.string(),
  /** When the last answer came, RFC 3339. */
  at: z.string().optional(),
  /** Passed so many times in a row, since the step was reached where it has been. */
  passed: z.number().int(),
  /** And so many are wanted. */
  passes: z.number().int(),
});

export const gateFactsSchema = z.object({
  /** Absent where no service is waited for. */
  services: serviceFactsSchema.optional(),
  steps: z.array(stepFactsSchema).default([]),
});

/** What a hook last answered for one pod. */
const hookAnswerSchema = z.object({
  moment: z.enum(['before', 'after']),
  pod: z.string(),
  uid: z.string(),
  agreed: z.boolean(),
  /** RFC 3339. */
  at: z.string(),
  /** How often it was asked. */
  tries: z.number().int(),
  words: z.string(),
});

export const hookStatusSchema = z.object({
  /** The last answers; an after-pod hook that agreed moves to `done`. */
  answers: z.array(hookAnswerSchema).default([]),
  /** Pods whose after-pod hook has agreed, by uidKey. */
  done: z.array(z.string()).default([]),
});

export type GateFacts = z.infer<typeof gateFactsSchema>;
export type ServiceFacts = z.infer<typeof serviceFactsSchema>;
export type StepFacts = z.infer<typeof stepFactsSchema>;
export type HookAnswer = z.infer<typeof hookAnswerSchema>;
export type HookStatus = z.infer<typeof hookStatusSchema>;

export const NO_GATES: GateFacts = { steps: [] };

const WAITING_KEPT = 30;

/** For the record: of a set of thousands not every pod that does not pass can be named. */
export function compactFacts(facts: GateFacts): GateFacts | undefined {
  if (facts.services === undefined && facts.steps.length === 0) return undefined;
  const { services } = facts;
  if (services === undefined || services.waiting.length <= WAITING_KEPT) return facts;
  return { ...facts, services: { ...services, waiting: services.waiting.slice(0, WAITING_KEPT) } };
}

/** Enough of a uid to tell the pods of one set apart: thousands of them must fit into an annotation. */
export function uidKey(uid: string): string {
  return uid.slice(0, 13);
}
