import type { JsonObject } from '../rollout/json.ts';
import type { ApiServer, Attempt } from './api-server.ts';
import type { Caller } from './caller.ts';
import { type ApiObject, at, nameOf, namespaceOf, text } from './objects.ts';
import type { Latency } from './process.ts';
import { PODS, QUOTAS } from './resources.ts';
import { forbidden } from './status.ts';

const CALLER: Caller = { user: 'system:serviceaccount:kube-system:resourcequota-controller', manager: null };

/** ResourceQuotas, of the number of pods only: the refusal that people meet when a set cannot make its pods. */
export class Quotas {
  constructor(
    private readonly server: ApiServer,
    lag: Latency,
  ) {
    server.admission.push((attempt) => this.#admit(attempt));
    server.store.listen(QUOTAS, ({ type, object }) => {
      if (type !== 'DELETED') server.clock.schedule(lag(), () => this.#count(object));
    });
  }

  /** Only what the quota's controller has counted once is enforced, as in a real one. */
  #admit({ verb, resource, object }: Attempt): void {
    if (verb !== 'create' || resource !== PODS) return;
    for (const quota of this.server.store.list(QUOTAS, namespaceOf(object))) {
      const hard = at(quota.status, 'hard').pods;
      const used = this.#used(namespaceOf(object));
      if (hard === undefined || used < Number(hard)) continue;
      const why = `exceeded quota: ${nameOf(quota)}, requested: pods=1, used: pods=${used}, limited: pods=${text(hard)}`;
      throw forbidden(PODS, nameOf(object), why);
    }
  }

  #used(namespace: string): number {
    return this.server.store.list(PODS, namespace).filter(({ status }) => {
      const phase = at(status).phase;
      return phase !== 'Failed' && phase !== 'Succeeded';
    }).length;
  }

  #count(seen: ApiObject): void {
    const quota = this.server.store.get(QUOTAS, namespaceOf(seen), nameOf(seen));
    if (quota === undefined) return;
    const status: JsonObject = { hard: at(quota.spec, 'hard'), used: { pods: String(this.#used(namespaceOf(quota))) } };
    const options = { subresource: 'status' };
    this.server.update(CALLER, QUOTAS, namespaceOf(quota), nameOf(quota), { ...quota, status }, options);
  }
}
