import type { Options } from 'yargs';
import type { ConnectFlags } from '../cluster/connect-flags.ts';
import { DEFAULT_NAMESPACE, defaultImage, type InstallOptions } from '../install/options.ts';
import { UsageError } from '../rollout/errors.ts';
import type { InstallOp, UninstallOp } from './op.ts';
import { isSet, textOf, type Values } from './values.ts';
import { VERSION } from './version.ts';

export const INSTALL_FLAGS = {
  image: { type: 'string', requiresArg: true, describe: `of the operator (default ${defaultImage(VERSION)})` },
  'watch-namespace': {
    type: 'array',
    string: true,
    requiresArg: true,
    describe: 'a namespace that it looks after, with Roles there alone (repeatable; default: all, with a ClusterRole)',
  },
  'callback-secret': {
    type: 'array',
    string: true,
    requiresArg: true,
    describe: 'NAMESPACE/NAME of a Secret that signs call-backs: it may read no other (repeatable)',
  },
  'dry-run': {
    type: 'string',
    requiresArg: true,
    choices: ['client', 'server'],
    describe: 'client: print the manifests; server: let the API server check them',
  },
  'force-conflicts': { type: 'boolean', describe: 'take over fields that others manage' },
} satisfies Record<string, Options>;

export const UNINSTALL_FLAGS = {
  crd: { type: 'boolean', describe: 'the CustomResourceDefinition too, and with it every StatefulsetRollout' },
  yes: { type: 'boolean', describe: 'do not ask', alias: 'y' },
} satisfies Record<string, Options>;

/** RFC 1123, as Kubernetes has names of namespaces. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @throws UsageError */
export function installOp(kube: ConnectFlags, values: Values): InstallOp {
  const dryRun = textOf(values, 'dry-run');
  const { namespace: _namespace, ...connection } = kube;
  const options: InstallOptions = {
    namespace: namespaceOf('namespace', textOf(values, 'namespace') ?? DEFAULT_NAMESPACE),
    image: textOf(values, 'image') ?? defaultImage(VERSION),
    watchNamespaces: textsOf(values, 'watch-namespace').map((each) => namespaceOf('watch-namespace', each)),
    callbackSecrets: textsOf(values, 'callback-secret').map(secretOf),
  };
  return {
    command: 'install',
    kube: connection,
    options,
    dryRun: dryRun === 'client' || dryRun === 'server' ? dryRun : null,
    force: isSet(values, 'force-conflicts'),
  };
}

export function uninstallOp(kube: ConnectFlags, values: Values): UninstallOp {
  return { command: 'uninstall', kube, crd: isSet(values, 'crd'), yes: isSet(values, 'yes') };
}

function namespaceOf(flag: string, text: string): string {
  if (!LABEL.test(text)) throw new UsageError(`--${flag} ${JSON.stringify(text)} is no name of a namespace`);
  return text;
}

function secretOf(text: string): { namespace: string; name: string } {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || !LABEL.test(namespace) || !SUBDOMAIN.test(name))
    throw new UsageError(`--callback-secret ${text}: write NAMESPACE/NAME`);
  return { namespace, name };
}

function textsOf(values: Values, flag: string): string[] {
  return [...new Set([values[flag] ?? []].flat().map(String))];
}
