import type { Api } from '../cluster/api.ts';
import { nameOf } from '../cluster/fields.ts';
import { CRDS_PATH, listInstalled, removeInstalled } from '../cluster/installed.ts';
import { listAll } from '../cluster/list.ts';
import { listResources } from '../cluster/resource.ts';
import { isStatus } from '../cluster/words.ts';
import { CRD_NAME } from '../install/crd.ts';
import { INSTALLED } from '../install/options.ts';
import { clean } from '../ui/text.ts';
import { agree } from './agree.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, print, tell } from './host.ts';
import type { UninstallOp } from './op.ts';
import { listOurs } from './ours.ts';
import { withConnection } from './with-connection.ts';

/** Takes an installation away; sets and their pods stay as they are, and what remains is said. */
export function uninstall(op: UninstallOp, host: Host): Promise<number> {
  return withConnection(host, op.kube, async ({ api, server }) => {
    const found = await listInstalled(api, INSTALLED);
    const resources = await listResources(api, null);
    const warnings = [
      'nobody executes StatefulsetRollouts any more; their sets and pods stay as they are, held ones held',
      ...(op.crd && resources !== null
        ? [`the CustomResourceDefinition goes, too, and with it ${counted(resources.length, 'StatefulsetRollout')}`]
        : []),
    ];
    if (!(await agree(host, op.yes, `Take the operator away from ${server}?`, warnings))) return EXIT.done;
    for (const { path, words } of found) {
      if (await removeInstalled(api, path)) print(host, [`${clean(words)}: removed`]);
    }
    if (op.crd && (await removeInstalled(api, `${CRDS_PATH}/${CRD_NAME}`)))
      print(host, [`customresourcedefinition/${CRD_NAME}: removed`]);
    tell(host, await remains(api, op.crd ? null : resources === null ? null : resources.length));
    return EXIT.done;
  });
}

/** What is there still, and what takes it away. @param resources null where there is no such kind any more */
async function remains(api: Api, resources: number | null): Promise<string[]> {
  const lines: string[] = [];
  if (resources !== null) {
    lines.push(
      `${counted(resources, 'StatefulsetRollout')} and their definition: kubectl get sroll -A; ` +
        'to remove both: kubectl bedrock uninstall --crd',
    );
  }
  const sets = await listOurs(api, null).catch((error: unknown) => {
    if (isStatus(error, 403)) return null;
    throw error;
  });
  if (sets === null) lines.push('sets that are held, which may not be listed here: kubectl bedrock list -A');
  for (const { ref, record } of sets ?? []) {
    const where = `sts/${ref.name} -n ${ref.namespace}`;
    const held = record?.status?.held === true || (record?.status?.fence ?? null) !== null;
    lines.push(
      held
        ? `${where} is held; to let go: kubectl bedrock unhold ${where}`
        : `${where} carries the record of a rollout, which does nothing`,
    );
  }
  const namespaces = await namespacesOf(api);
  for (const name of namespaces) lines.push(`namespace ${name}; to remove it: kubectl delete namespace ${name}`);
  return lines.length === 0 ? ['Nothing remains.'] : ['What remains:', ...lines.map((line) => `  ${clean(line)}`)];
}

async function namespacesOf(api: Api): Promise<string[]> {
  const { items } = await listAll(api, { path: '/api/v1/namespaces', query: { labelSelector: INSTALLED } });
  return items.map(nameOf);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
