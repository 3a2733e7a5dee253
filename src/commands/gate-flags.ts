import type { Options } from 'yargs';
import type { z } from 'zod';
import type { Pace } from '../rollout/begin.ts';
import { UsageError } from '../rollout/errors.ts';
import {
  type Hook,
  hookSchema,
  type ServiceDiscovery,
  type StepGate,
  serviceDiscoverySchema,
  stepGateSchema,
} from '../rollout/gate-spec.ts';
import { durationOf, isSet, textOf, type Values } from './values.ts';

const GROUP = 'Gates and hooks:';

const text = (describe: string, extra: Options = {}): Options => ({
  type: 'string',
  requiresArg: true,
  describe,
  group: GROUP,
  ...extra,
});
const list = (describe: string) => text(describe, { type: 'array', string: true });

/** What a rollout asks besides the cluster; docs/integrations.md tells more. */
export const GATE_FLAGS = {
  'consul-service': list('a pod counts once Consul has this service passing at its address (repeatable)'),
  'consul-dc': text('datacentre of --consul-service'),
  'consul-namespace': text('namespace of --consul-service (Consul Enterprise)'),
  'consul-soak': text('passing counts after so long without a break (default 5s)'),
  gate: list("'prometheus:URL;query=...;pass=< 0.01;fail=> 0.05;every=30s;passes=3', or a file of gates (repeatable)"),
  gates: {
    group: GROUP,
    type: 'boolean',
    describe: '--no-gates: ask none of the gates and hooks that the rollout began with',
    default: true,
  },
  'before-pod': text('before each pod goes: a command to run in it, or a URL to POST to; not 0 holds it'),
  'after-pod': text('the same when its replacement is Ready; it counts when this agrees'),
  'hook-pod': text('run the commands in this pod instead'),
  'hook-container': text('run the commands in this container'),
  'hook-timeout': text('of one call of a hook (default 30s)'),
  'hook-retry-interval': text('a hook that refuses is asked again after so long (default 10s)'),
  'hook-retries': text('after so many more refusals the rollout stops (default: at the progress deadline)'),
  'ignore-not-before': {
    group: GROUP,
    type: 'boolean',
    describe: 'take pods although their annotation rollouts.bedrock.dev/not-before names a later time',
  },
} satisfies Record<string, Options>;

/** As far as can be known without reading files. */
export interface GateFlags {
  pace: Pace;
  /** Files of gates, to be read in addition. */
  files: string[];
}

/** @throws UsageError */
export function gateFlagsOf(values: Values): GateFlags {
  const { gates, files } = stepGates(values);
  if (values.gates === false) {
    const asked = Object.keys(GATE_FLAGS).filter((flag) => flag !== 'gates' && flag !== 'ignore-not-before');
    const other = asked.find((flag) => values[flag] !== undefined);
    if (other !== undefined) throw new UsageError(`--no-gates and --${other} do not go together`);
    return {
      pace: { serviceDiscovery: undefined, gates: undefined, hooks: undefined, ...notBefore(values) },
      files: [],
    };
  }
  const serviceDiscovery = consul(values);
  const hooks = hooksOf(values);
  const pace: Pace = {
    ...(serviceDiscovery === null ? {} : { serviceDiscovery }),
    ...(gates.length === 0 ? {} : { gates }),
    ...(hooks === null ? {} : { hooks }),
    ...notBefore(values),
  };
  return { pace, files };
}

function notBefore(values: Values): Pace {
  return isSet(values, 'ignore-not-before') ? { ignoreNotBefore: true } : {};
}

function consul(values: Values): ServiceDiscovery | null {
  const serviceNames = textsOf(values, 'consul-service');
  const more = {
    dc: textOf(values, 'consul-dc'),
    namespace: textOf(values, 'consul-namespace'),
    soak: durationOf(values, 'consul-soak'),
  };
  if (serviceNames.length === 0) {
    const [lonely] = Object.entries(more).filter(([, value]) => value !== null);
    if (lonely !== undefined) throw new UsageError(`--consul-${lonely[0]} goes with --consul-service`);
    return null;
  }
  return checked(serviceDiscoverySchema, '--consul-service', { serviceNames, ...given(more) });
}

function stepGates(values: Values): { gates: StepGate[]; files: string[] } {
  const gates: StepGate[] = [];
  const files: string[] = [];
  for (const gate of textsOf(values, 'gate')) {
    if (gate.startsWith('prometheus:')) gates.push(parseGate(gate));
    else if (/^[a-z]+:[^/\\]/i.test(gate)) throw new UsageError(`--gate ${gate}: only prometheus: is known, and files`);
    else files.push(gate);
  }
  return { gates, files };
}

const GATE_FIELDS = ['name', 'query', 'every', 'passes', 'pass', 'fail'];

/**
 * 'prometheus:http://prometheus:9090;query=...;pass=< 0.01'. A semicolon parts fields only where the name of one follows:
 * a query may hold some in its strings.
 * @throws UsageError
 */
export function parseGate(gate: string): StepGate {
  const [url = '', ...parts] = gate
    .slice('prometheus:'.length)
    .split(new RegExp(`;\\s*(?=(?:${GATE_FIELDS.join('|')})=)`));
  const fields: Record<string, string> = {};
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (name in fields) throw new UsageError(`--gate: ${name} is given twice`);
    fields[name] = part.slice(at + 1).trim();
  }
  const { passes, ...others } = fields;
  const raw = {
    kind: 'prometheus',
    url: url.trim(),
    ...others,
    ...(passes === undefined ? {} : { passes: Number(passes) }),
  };
  return checked(stepGateSchema, '--gate', raw);
}

function hooksOf(values: Values): Pace['hooks'] | null {
  const before = textOf(values, 'before-pod');
  const after = textOf(values, 'after-pod');
  const retries = textOf(values, 'hook-retries');
  const more = {
    pod: textOf(values, 'hook-pod'),
    container: textOf(values, 'hook-container'),
    timeout: durationOf(values, 'hook-timeout'),
    retryInterval: durationOf(values, 'hook-retry-interval'),
    retries: retries === null ? null : Number(retries),
  };
  if (before === null && after === null) {
    const lonely = Object.keys(GATE_FLAGS).find((flag) => flag.startsWith('hook-') && values[flag] !== undefined);
    if (lonely !== undefined) throw new UsageError(`--${lonely} goes with --before-pod or --after-pod`);
    return null;
  }
  const hook = (flag: string, call: string): Hook =>
    checked(hookSchema, `--${flag}`, { ...callOf(call, flag), ...given(more) });
  return {
    ...(before === null ? {} : { beforePod: hook('before-pod', before) }),
    ...(after === null ? {} : { afterPod: hook('after-pod', after) }),
  };
}

/** A URL is called; a JSON list is run as it stands; all else is for a shell. */
function callOf(call: string, flag: string): { url: string } | { command: unknown } {
  if (/^https?:\/\//i.test(call)) return { url: call };
  if (!call.startsWith('[')) return { command: call };
  try {
    return { command: JSON.parse(call) };
  } catch {
    throw new UsageError(`--${flag} ${call}: a list must be JSON: ["program", "argument"]`);
  }
}

/** @throws UsageError that names the flag (or the file) and what is wrong */
export function checked<T extends z.ZodType>(schema: T, where: string, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.slice(0, 3).map(({ path, message }) => [...path, message].join(': '));
  throw new UsageError(`${where}: ${words.join('; ')}`);
}

function textsOf(values: Values, flag: string): string[] {
  const texts = Array.isArray(values[flag]) ? values[flag].map(String) : [];
  if (texts.includes('')) throw new UsageError(`--${flag} needs a value`);
  return texts;
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
