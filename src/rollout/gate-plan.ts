import { gateName, type Hook, hookOf } from './gate-spec.ts';
import type { RecordSpec } from './record.ts';

/** What a rollout waits for besides the cluster, as lines of the plan. */
export function gateLines({ serviceDiscovery, gates = [], hooks, ignoreNotBefore }: Partial<RecordSpec>): {
  label: string;
  text: string;
}[] {
  const lines: { label: string; text: string }[] = [];
  if (serviceDiscovery !== undefined) {
    const { serviceNames, dc, namespace, soak } = serviceDiscovery;
    const names = `service${serviceNames.length > 1 ? 's' : ''} ${serviceNames.join(', ')}`;
    const where = `${dc === undefined ? '' : ` in ${dc}`}${namespace === undefined ? '' : `, namespace ${namespace}`}`;
    lines.push({ label: 'gate', text: `waits for Consul ${names}${where}: each pod counts after ${soak} of passing` });
  }
  for (const gate of gates) {
    const pass = gate.pass ?? `not ${gate.fail}`;
    const fail = gate.fail === undefined ? '' : `; fails at ${gate.fail}`;
    const how = `${pass}, ${gate.passes} times in a row, every ${gate.every}${fail}`;
    lines.push({ label: 'gate', text: `asks Prometheus ${gate.url}: ${gateName(gate)} ${how}` });
  }
  for (const moment of ['before', 'after'] as const) {
    const hook = hookOf(hooks, moment);
    if (hook !== null) lines.push({ label: 'hook', text: `${moment} each pod: ${describeHook(hook)}` });
  }
  if (ignoreNotBefore === true)
    lines.push({ label: 'hook', text: 'pods go although their annotation says not before' });
  return lines;
}

function describeHook({ command, url, pod, container, timeout, retries }: Hook): string {
  const limit = `${timeout} at most${retries === undefined ? '' : `, fails after ${retries + 1} refusals`}`;
  if (url !== undefined) return `POST ${url}, ${limit}`;
  const words = Array.isArray(command) ? command.join(' ') : (command ?? '');
  const short = words.length > 60 ? `${words.slice(0, 57)}...` : words;
  const where = `${pod ?? 'the pod'}${container === undefined ? '' : ` (${container})`}`;
  return `${short} in ${where}, ${limit}`;
}

/** Whether a hook of the rollout is run by exec: then that must be permitted. */
export function needsExec({ hooks }: Pick<RecordSpec, 'hooks'>): boolean {
  return hooks?.beforePod?.command !== undefined || hooks?.afterPod?.command !== undefined;
}
