import { parse } from 'yaml';
import { realOutside } from '../executor/outside.ts';
import { askConsul } from '../gates/consul.ts';
import type { Outside, Timer } from '../gates/outside.ts';
import { askPrometheus, queryOf } from '../gates/prometheus.ts';
import type { Pace } from '../rollout/begin.ts';
import { UsageError } from '../rollout/errors.ts';
import { gateName, type StepGate, stepGateSchema } from '../rollout/gate-spec.ts';
import { isObject } from '../rollout/json.ts';
import { plainText } from '../rollout/plain-text.ts';
import type { RecordSpec } from '../rollout/record.ts';
import { checked, type GateFlags } from './gate-flags.ts';
import type { Host } from './host.ts';

/** What the flags ask for, with the gates that files name. @throws UsageError where a file is not what it should be */
export async function readGates(host: Pick<Host, 'readFile'>, { pace, files }: GateFlags): Promise<Pace> {
  if (files.length === 0) return pace;
  const read = await Promise.all(files.map(async (file) => gatesIn(file, await host.readFile(file))));
  return { ...pace, gates: [...(pace.gates ?? []), ...read.flat()] };
}

/** A list of gates, or an object with a list `gates`; YAML or JSON. */
function gatesIn(file: string, text: string): StepGate[] {
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    throw new UsageError(`--gate ${file}: neither YAML nor JSON`);
  }
  const list = isObject(content) ? content.gates : content;
  if (!Array.isArray(list) || list.length === 0) throw new UsageError(`--gate ${file}: a list of gates is wanted`);
  return list.map((gate, index) => checked(stepGateSchema, `--gate ${file}: ${index + 1}`, gate));
}

/**
 * Asks every gate once, before anything is written.
 * @returns what will hold the rollout as it stands now, in words
 */
export async function tryGates(
  host: Pick<Host, 'outside'>,
  timer: Timer,
  { serviceDiscovery, gates = [] }: Pick<RecordSpec, 'serviceDiscovery' | 'gates'>,
): Promise<string[]> {
  if (serviceDiscovery === undefined && gates.length === 0) return [];
  const outside = host.outside ?? realOutside();
  const { signal } = new AbortController();
  try {
    const services = serviceDiscovery?.serviceNames ?? [];
    const warnings = await Promise.all([
      ...services.map((service) => tryConsul(outside, timer, serviceDiscovery ?? {}, service, signal)),
      ...gates.map((gate) => tryPrometheus(outside, timer, gate, signal)),
    ]);
    return warnings.filter((warning) => warning !== null);
  } finally {
    if (host.outside === undefined) outside.close();
  }
}

async function tryConsul(
  outside: Outside,
  timer: Timer,
  spec: { dc?: string | undefined; namespace?: string | undefined },
  service: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { instances } = await askConsul(timer, outside, spec, service, 0, signal);
    return instances.length > 0
      ? null
      : `Consul knows no instance of service ${service}: the rollout holds until it does`;
  } catch (error) {
    return `Consul (service ${service}): ${wordsOf(error)}; the rollout holds until it answers`;
  }
}

async function tryPrometheus(
  outside: Outside,
  timer: Timer,
  gate: StepGate,
  signal: AbortSignal,
): Promise<string | null> {
  // no pod has this name: the query need not give data, but must be one
  const query = queryOf(gate.query, { fresh: ['none'], old: ['none'] }) ?? gate.query;
  try {
    await askPrometheus(timer, outside, gate.url, query, signal);
    return null;
  } catch (error) {
    return `gate ${gateName(gate)}: ${wordsOf(error)}; the rollout holds until it answers`;
  }
}

function wordsOf(error: unknown): string {
  return plainText(error instanceof Error ? error.message : String(error));
}
