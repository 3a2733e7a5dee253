import {
  type Api,
  ApiError,
  type ApiRequest,
  type Clock,
  type ExecRequest,
  type WatchRequest,
} from '../cluster/api.ts';
import type { Json } from '../rollout/json.ts';

/** @param code the HTTP status; "none" where no answer came */
export type Counted = (verb: string, resource: string, code: string) => void;

/** Counts every call on its way to the API server. */
export class CountingApi implements Api {
  readonly exec?: NonNullable<Api['exec']>;
  readonly #api: Api;
  readonly #count: Counted;

  constructor(api: Api, count: Counted) {
    this.#api = api;
    this.#count = count;
    const { exec } = api;
    if (exec !== undefined) this.exec = (request: ExecRequest) => exec.call(api, request);
  }

  get clock(): Clock {
    return this.#api.clock;
  }

  async request(request: ApiRequest): Promise<Json> {
    const { verb, resource } = kindOf(request.method, request.path);
    try {
      const answer = await this.#api.request(request);
      this.#count(verb, resource, '200');
      return answer;
    } catch (error) {
      this.#count(verb, resource, codeOf(error));
      throw error;
    }
  }

  async watch(request: WatchRequest): Promise<void> {
    const { resource } = kindOf('GET', request.path);
    try {
      await this.#api.watch(request);
      this.#count('watch', resource, '200');
    } catch (error) {
      // ended by ourselves, or for want of events: no failure of the server
      if (!request.signal.aborted) this.#count('watch', resource, codeOf(error));
      throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof ApiError ? String(error.code) : 'none';
}

const VERBS: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** /apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME/SUBRESOURCE, in the words of RBAC. */
export function kindOf(method: string, path: string): { verb: string; resource: string } {
  const parts = path.split('/').filter((part) => part !== '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const [resource = 'other', name, subresource] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const verb = VERBS[method] ?? (name === undefined ? 'list' : 'get');
  return { verb, resource: subresource === undefined ? resource : `${resource}/${subresource}` };
}
