import { isObject, type JsonObject } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import type { Caller } from './caller.ts';
import { type ApiObject, at, list, nameOf, objects, text, timestamp } from './objects.ts';
import type { Latency } from './process.ts';
import { CRDS, type Resource, resource } from './resources.ts';

const CALLER: Caller = { user: 'system:apiserver', manager: null };

/**
 * Serves what CustomResourceDefinitions define. Other than a real server it takes any schema, also one that is not
 * structural, and checks a whole object on each update, where a real one forgives what was wrong before.
 */
export class CustomResources {
  readonly #served = new Map<string, Resource[]>();

  constructor(
    private readonly server: ApiServer,
    lag: Latency,
  ) {
    server.store.listen(CRDS, ({ type, object }) => {
      if (type === 'DELETED') this.#withdraw(nameOf(object));
      else this.#serve(object);
      if (type === 'ADDED') server.clock.schedule(lag(), () => this.#establish(nameOf(object)));
    });
  }

  /** What is served already stays the same resource, and so keeps its objects. */
  #serve(crd: ApiObject): void {
    const known = this.#served.get(nameOf(crd)) ?? [];
    const resources = resourcesOf(crd).map((each) => {
      const same = known.find(({ version, plural }) => version === each.version && plural === each.plural);
      return same === undefined ? each : Object.assign(same, each);
    });
    this.#served.set(nameOf(crd), resources);
    for (const each of known) if (!resources.includes(each)) this.server.store.resources.remove(each);
    for (const each of resources) this.server.store.resources.add(each);
  }

  #withdraw(name: string): void {
    for (const each of this.#served.get(name) ?? []) this.server.store.resources.remove(each);
    this.#served.delete(name);
  }

  #establish(name: string): void {
    const crd = this.server.store.get(CRDS, '', name);
    if (crd === undefined) return;
    const lastTransitionTime = timestamp(this.server.clock.now());
    const conditions = ['NamesAccepted', 'Established'].map((type) => ({
      type,
      status: 'True',
      reason: type === 'Established' ? 'InitialNamesAccepted' : 'NoConflicts',
      message: '',
      lastTransitionTime,
    }));
    const storedVersions = objects(at(crd.spec).versions)
      .filter(({ storage }) => storage === true)
      .map((version) => text(version.name));
    const status: JsonObject = { conditions, acceptedNames: at(crd.spec, 'names'), storedVersions };
    this.server.update(CALLER, CRDS, '', name, { ...crd, status }, { subresource: 'status' });
  }
}

function resourcesOf(crd: ApiObject): Resource[] {
  const spec = at(crd.spec);
  const names = at(spec.names);
  return objects(spec.versions)
    .filter(({ served }) => served === true)
    .map((version) => {
      const schema = at(version.schema).openAPIV3Schema;
      const hasStatus = at(version.subresources).status !== undefined;
      return resource(`${text(spec.group)}/${text(version.name)}`, text(names.plural), text(names.kind), {
        namespaced: spec.scope !== 'Cluster',
        shortNames: list(names.shortNames).map(text),
        categories: list(names.categories).map(text),
        singular: text(names.singular) || text(names.kind).toLowerCase(),
        generations: true,
        statusSubresource: hasStatus,
        subresources: hasStatus ? ['status'] : [],
        columns: objects(version.additionalPrinterColumns),
        schema: isObject(schema) ? schema : null,
      });
    });
}
