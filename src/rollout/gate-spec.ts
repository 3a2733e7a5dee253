import { z } from 'zod';
import { celPattern, celRule } from './cel.ts';
import { durationMs, durationSchema } from './duration.ts';

/**
 * Consul, as far as the record says it. Where Consul is, and with which token it is asked, is the executor's environment:
 * a record that whoever may annotate the set can edit must not send a token anywhere.
 */
export const serviceDiscoverySchema = z.object({
  serviceNames: z
    .array(z.string().min(1))
    .min(1)
    .describe('The services of Consul that must have a replaced pod, passing.'),
  dc: z.string().min(1).optional().describe('The datacentre; that of the agent where it is left out.'),
  namespace: z.string().min(1).optional().describe('The namespace of Consul Enterprise.'),
  soak: durationSchema.default('5s').describe('Passing counts after so long without a break.'),
});

const THRESHOLD = /^(<=|>=|==|!=|<|>)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/;

const A_COMPARISON = 'a comparison with a number, such as < 0.01';

/** A comparison with a number: "< 0.01". */
export const thresholdSchema = z
  .string()
  .trim()
  .refine((text) => THRESHOLD.test(text), { error: A_COMPARISON })
  .meta(celPattern('^\\s*(<=|>=|==|!=|<|>)\\s*[-+]?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?\\s*$', A_COMPARISON));

const AN_ADDRESS = 'an http or https address, without a password in it';

/** http or https; without a user and a password, since everyone may read the record. */
const urlSchema = z
  .string()
  .refine(isPlainUrl, { error: AN_ADDRESS })
  .meta({
    ...celRule(`self.matches(r'^[hH][tT][tT][pP][sS]?://[^\\s/@?#]+([/?#]\\S*)?$')`, AN_ADDRESS),
    maxLength: 2048,
  });

const PASS_OR_FAIL = 'say pass or fail, or both';

/** A question to Prometheus, asked again and again while the rollout runs. */
export const stepGateSchema = z
  .object({
    kind: z.literal('prometheus').describe('Whom to ask.'),
    name: z.string().min(1).optional().describe('For people; the query where it is left out.'),
    url: urlSchema.describe('The address of Prometheus, without a password in it.'),
    query: z
      .string()
      .min(1)
      .describe("PromQL that gives one number; $newPods and $oldPods are regular expressions of the pods' names."),
    every: durationSchema
      .refine((text) => durationMs(text) >= 1000, { error: 'at least 1s' })
      .default('30s')
      .describe('How often it is asked; 1s or more.'),
    passes: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('So many answers in a row must pass between two steps, and at the end.'),
    pass: thresholdSchema
      .optional()
      .describe('What passes, such as "< 0.01"; everything that does not fail where it is left out.'),
    fail: thresholdSchema.optional().describe('What fails, such as ">= 0.05"; nothing where it is left out.'),
  })
  .refine(({ pass, fail }) => pass !== undefined || fail !== undefined, { error: PASS_OR_FAIL })
  .meta(celRule('has(self.pass) || has(self.fail)', PASS_OR_FAIL));

/** How a hook is asked, whatever it is. */
export const hookCallSchema = z.object({
  url: urlSchema.optional().describe('Called by POST, with what it is about in JSON; any 2xx lets the pod go on.'),
  pod: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: 'the name of a pod' })
    .optional()
    .describe('Where the command runs; the pod that it is asked for where it is left out.'),
  container: z
    .string()
    .min(1)
    .optional()
    .describe("Where in that pod; the pod's default container where it is left out."),
  timeout: durationSchema
    .refine((text) => durationMs(text) > 0, { error: 'more than nothing' })
    .default('30s')
    .describe('No answer for so long is a refusal.'),
  retryInterval: durationSchema
    .refine((text) => durationMs(text) >= 100, { error: 'at least 100ms' })
    .default('10s')
    .describe('After a refusal it is asked again so much later; 100ms or more.'),
  retries: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('After so many refusals more than one it has failed; without it the progress deadline ends the asking.'),
});

/** Asks the application itself, for each pod. `command` is run by exec: a text by /bin/sh -c, a list as it stands. */
export const hookSchema = hookCallSchema
  .extend({ command: z.union([z.string().min(1), z.array(z.string()).min(1)]).optional() })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), {
    error: 'either a command or a url',
  });

export const hooksSchema = z.object({
  beforePod: hookSchema.optional().describe('Before a pod is evicted.'),
  afterPod: hookSchema.optional().describe('After its replacement is Ready.'),
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
