import type { Options } from 'yargs';
import type { ConnectFlags } from '../cluster/connect-flags.ts';
import { UsageError } from '../rollout/errors.ts';
import type { OperatorOp } from './op.ts';
import { isSet, textOf, type Values } from './values.ts';

const LISTEN = '0.0.0.0:8080';
const WORKERS = 8;

export const OPERATOR_FLAGS = {
  'all-namespaces': {
    type: 'boolean',
    describe: 'look after all namespaces; else those of -n (repeatable), or its own',
    alias: 'A',
  },
  'lease-namespace': {
    type: 'string',
    requiresArg: true,
    describe: 'where the Lease is by which one of several operators acts (default: its own namespace)',
  },
  listen: {
    type: 'string',
    requiresArg: true,
    describe: `HOST:PORT of /metrics, /healthz and /readyz, or off (default ${LISTEN})`,
  },
  workers: {
    type: 'string',
    requiresArg: true,
    describe: `resources looked at, and rollouts begun, at the same time (default ${WORKERS})`,
  },
} satisfies Record<string, Options>;

/** @throws UsageError */
export function operatorOp(kube: ConnectFlags, values: Values): OperatorOp {
  const all = isSet(values, 'all-namespaces');
  const named = [values.namespace ?? []].flat().map(String);
  if (all && named.length > 0) throw new UsageError('operator: either --all-namespaces or --namespace');
  // its own namespace is that of the connection, whichever it looks after
  const { namespace: _namespace, ...connection } = kube;
  return {
    command: 'operator',
    kube: connection,
    namespaces: all ? null : [...new Set(named)],
    leaseNamespace: textOf(values, 'lease-namespace'),
    listen: addressOf(textOf(values, 'listen') ?? LISTEN),
    workers: workersOf(textOf(values, 'workers') ?? String(WORKERS)),
  };
}

function addressOf(text: string): OperatorOp['listen'] {
  if (text === 'off') return null;
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new UsageError(`--listen ${text}: write HOST:PORT, such as ${LISTEN}, or off`);
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function workersOf(text: string): number {
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (workers < 1) throw new UsageError(`--workers ${text}: write a number from 1 to 999`);
  return workers;
}
