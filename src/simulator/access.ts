import type { JsonObject } from '../rollout/json.ts';
import { qualified, StatusError } from './status.ts';

/** What somebody wants to do, as an access review asks it. */
export interface AccessRequest {
  user: string;
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

/** Who may do what: everything, but what a rule denies. */
export class Access {
  readonly #denials: ((request: AccessRequest) => boolean)[] = [];

  /** Denies what `rule` says yes to; returns what takes that back. */
  deny(rule: (request: AccessRequest) => boolean): () => void {
    this.#denials.push(rule);
    return () => {
      const index = this.#denials.indexOf(rule);
      if (index >= 0) this.#denials.splice(index, 1);
    };
  }

  allows(request: AccessRequest): boolean {
    return !this.#denials.some((rule) => rule(request));
  }

  /** @throws StatusError 403 */
  check(request: AccessRequest): void {
    if (this.allows(request)) return;
    const { user, verb, group, resource, subresource, namespace, name } = request;
    const what = qualified({ group, plural: resource });
    const where = namespace ? ` in the namespace "${namespace}"` : ' at the cluster scope';
    const path = subresource ? `${resource}/${subresource}` : resource;
    const details: JsonObject = { kind: resource };
    if (name) details.name = name;
    if (group) details.group = group;
    throw new StatusError(
      403,
      'Forbidden',
      `${what}${name ? ` "${name}"` : ''} is forbidden: User "${user}" cannot ${verb} resource "${path}" in API group "${group}"${where}`,
      details,
    );
  }
}
