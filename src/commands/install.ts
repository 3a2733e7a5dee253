import { type Api, ApiError } from '../cluster/api.ts';
import { applyInstalled, installedOf, listInstalled, removeInstalled } from '../cluster/installed.ts';
import { isStatus } from '../cluster/words.ts';
import { installedObjects, yamlOf } from '../install/manifests.ts';
import { INSTALLED, type InstallOptions, OPERATOR } from '../install/options.ts';
import { RefusedError } from '../rollout/errors.ts';
import type { JsonObject } from '../rollout/json.ts';
import { clean } from '../ui/text.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, print, tell } from './host.ts';
import type { InstallOp } from './op.ts';
import { withConnection } from './with-connection.ts';

/** Applies CustomResourceDefinition, access rules, operator and policy; what an earlier installation had besides goes. */
export async function install(op: InstallOp, host: Host): Promise<number> {
  const objects = installedObjects(op.options);
  if (op.dryRun === 'client') {
    host.stdout.write(yamlOf(objects));
    return EXIT.done;
  }
  return withConnection(host, op.kube, async ({ api }) => {
    await requireNamespaces(api, op.options);
    const dryRun = op.dryRun === 'server';
    const suffix = dryRun ? ' (server dry run)' : '';
    for (const object of objects) {
      const { words } = installedOf(object);
      try {
        const outcome = await applyInstalled(api, object, { dryRun, force: op.force });
        print(host, [`${words}: ${outcome}${suffix}`]);
      } catch (error) {
        if (!(dryRun && isInMissingNamespace(error))) throw explained(error, words);
        print(host, [`${words}: not checked, as its namespace is not there yet${suffix}`]);
      }
    }
    const wanted = new Set(objects.map((object: JsonObject) => installedOf(object).path));
    for (const { path, words } of await listInstalled(api, INSTALLED)) {
      if (wanted.has(path)) continue;
      if (!dryRun) await removeInstalled(api, path);
      print(host, [`${clean(words)}: removed, as this installation has no such thing${suffix}`]);
    }
    const { namespace } = op.options;
    if (!dryRun) tell(host, [`To see it start: kubectl rollout status deployment/${OPERATOR} -n ${namespace}`]);
    return EXIT.done;
  });
}

/** @throws RefusedError before anything is written, where a namespace that is to be watched is not there */
async function requireNamespaces(api: Api, options: InstallOptions): Promise<void> {
  const named = [...options.watchNamespaces, ...options.callbackSecrets.map(({ namespace }) => namespace)];
  for (const name of new Set(named)) {
    if (name === options.namespace) continue;
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    await api.request({ method: 'GET', path }).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
      throw new RefusedError(
        `namespace ${name} is not there. Nothing was written. First: kubectl create namespace ${name}`,
      );
    });
  }
}

function isInMissingNamespace(error: unknown): boolean {
  return isStatus(error, 404) && /namespaces? "/.test(error.message);
}

function explained(error: unknown, words: string): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 409)
    return new RefusedError(`${words}: ${error.message}. Others own these fields: take them with --force-conflicts`);
  return new ApiError(error.code, error.reason, `${words}: ${error.message}`);
}
