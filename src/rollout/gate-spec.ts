import { z } from 'zod';
import { durationMs, durationSchema } from './duration.ts';

/**
 * Consul, as far as the record says it. Where Consul is, and with which token it is asked, is the executor's environment:
 * a record that whoever may annotate the set can edit must not send a token anywhere.
 */
export const serviceDiscoverySchema = z.object({
  serviceNames: z.array(z.string().min(1)).min(1),
  /** The datacentre; that of the agent where it is left out. */
  dc: z.string().min(1).optional(),
  /** Of Consul Enterprise. */
  namespace: z.string().min(1).optional(),
  /** Passing counts after so long without a break. */
  soak: durationSchema.default('5s'),
});

const THRESHOLD = /^(<=|>=|==|!=|<|>)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/;

/** A comparison with a number: "< 0.01". */
export const thresholdSchema = z
  .string()
  .trim()
  .refine((text) => THRESHOLD.test(text), { error: 'a comparison with a number, such as < 0.01' });

/** http or https; without a user and a password, since everyone may read the record. */
const urlSchema = z.string().refine(isPlainUrl, { error: 'an http or https address, without a password in it' });

/** A question to Prometheus, asked again and again while the rollout runs. */
export const stepGateSchema = z
  .object({
    kind: z.literal('prometheus'),
    /** For people; the query where it is left out. */
    name: z.string().min(1).optional(),
    url: urlSchema,
    /** PromQL that gives one number; $newPods and $oldPods are regular expressions of the pods' names. */
    query: z.string().min(1),
    every: durationSchema.refine((text) => durationMs(text) >= 1000, { error: 'at least 1s' }).default('30s'),
    /** So many answers in a row must pass between two steps, and at the end. */
    passes: z.number().int().min(1).max(100).default(3),
    /** What passes; everything that does not fail where it is left out. */
    pass: thresholdSchema.optional(),
    /** What fails; nothing where it is left out. */
    fail: thresholdSchema.optional(),
  })
  .refine(({ pass, fail }) => pass !== undefined || fail !== undefined, { error: 'say pass or fail, or both' });

/** Asks the application itself, for each pod. */
export const hookSchema = z
  .object({
    /** Run by exec: a text by /bin/sh -c, a list as it stands. */
    command: z.union([z.string().min(1), z.array(z.string()).min(1)]).optional(),
    /** Called instead, by POST. */
    url: urlSchema.optional(),
    /** Where the command runs; the pod that it is asked for where it is left out. */
    pod: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'the name of a pod' })
      .optional(),
    /** The pod's default container where it is left out. */
    container: z.string().min(1).optional(),
    timeout: durationSchema.refine((text) => durationMs(text) > 0, { error: 'more than nothing' }).default('30s'),
    /** After a refusal it is asked again so much later. */
    retryInterval: durationSchema.refine((text) => durationMs(text) >= 100, { error: 'at least 100ms' }).default('10s'),
    /** After so many refusals more than one it has failed; without it the progress deadline ends the asking. */
    retries: z.number().int().min(0).optional(),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), {
    error: 'either a command or a url',
  });

export const hooksSchema = z.object({
  /** Before a pod is evicted. */
  beforePod: hookSchema.optional(),
  /** After its replacement is Ready. */
  afterPod: hookSchema.optional(),
});

export type ServiceDiscovery = z.infer<typeof serviceDiscoverySchema>;
export type StepGate = z.infer<typeof stepGateSchema>;
export type Hook = z.infer<typeof hookSchema>;
export type HookMoment = 'before' | 'after';

/** @param threshold as thresholdSchema takes it; false of NaN */
export function meets(value: number, threshold: string): boolean {
  const [, operator, text] = THRESHOLD.exec(threshold.trim()) ?? [];
  const limit = Number(text);
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return !Number.isNaN(value) && value !== limit;
    default:
      return false;
  }
}

export function gateName(gate: Pick<StepGate, 'name' | 'query'>): string {
  const query = gate.query.replace(/\s+/g, ' ').trim();
  return gate.name ?? (query.length > 60 ? `${query.slice(0, 57)}...` : query);
}

export function hookOf(hooks: z.infer<typeof hooksSchema> | undefined, moment: HookMoment): Hook | null {
  return (moment === 'before' ? hooks?.beforePod : hooks?.afterPod) ?? null;
}

function isPlainUrl(text: string): boolean {
  // a pattern, since URL is no part of the language that this folder keeps to
  return /^https?:\/\/[^\s/@?#]+(?:[/?#]\S*)?$/i.test(text);
}
