import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'yaml';
import type { ApiRequest, PatchType } from '../cluster/api.ts';
import { isObject, type Json } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import { discover, openApiIndex, openApiOf, versionInfo } from './discovery.ts';
import { logOf } from './logs.ts';
import { parsePath } from './paths.ts';
import { checkAccess, handle } from './requests.ts';
import { badRequest, noSuchPath, StatusError } from './status.ts';
import { tableEvent, tableOf, wantsTable } from './tables.ts';
import { openWatch } from './watches.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const LARGEST_BODY = 3 * 1024 * 1024;

/** Answers HTTP requests from an API server. */
export class HttpHandler {
  readonly #endWatches = new Set<() => void>();

  constructor(
    private readonly server: ApiServer,
    private readonly token: string,
  ) {}

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      const status = error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error));
      if (status.delayMs > 0) await new Promise<void>((done) => this.server.clock.after(status.delayMs, done));
      if (response.headersSent) response.destroy();
      else sendStatus(response, status);
    }
  }

  endWatches(): void {
    for (const end of [...this.#endWatches]) end();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
    if (/^\/(healthz|livez|readyz)/.test(path)) {
      response.end('ok');
      return;
    }
    const user = this.#userOf(request);
    const query = Object.fromEntries(url.searchParams);
    const about = this.#about(path);
    if (about !== undefined) {
      send(response, 200, about);
      return;
    }
    refuseStreams(path);
    const method = METHODS.find((each) => each === request.method);
    if (method === undefined) throw new StatusError(405, 'MethodNotAllowed', `${request.method} is not supported`);
    const body = method === 'GET' ? undefined : await bodyOf(request);
    const call: ApiRequest = { method, path, query };
    if (body !== undefined) call.body = body;
    const type = patchTypeOf(request.headers['content-type']);
    if (type !== undefined) call.contentType = type;
    if (!query.fieldManager) call.query = { ...query, fieldManager: managerOf(request.headers['user-agent']) };
    if (method === 'GET' && (query.watch === 'true' || query.watch === '1')) {
      this.#watch(user, call, request, response);
    } else if (path.endsWith('/log')) {
      this.#log(user, call, request, response);
    } else {
      this.#call(user, call, request, response);
    }
  }

  #userOf(request: IncomingMessage): string {
    if (request.headers.authorization !== `Bearer ${this.token}`)
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    const other = request.headers['impersonate-user'];
    return typeof other === 'string' ? other : 'admin';
  }

  #about(path: string): Json | undefined {
    const resources = this.server.store.resources.all();
    if (path === '/version') return versionInfo(this.server.version);
    if (path === '/openapi/v3') return openApiIndex(resources);
    if (path.startsWith('/openapi/v3/')) return openApiOf(resources, path.slice('/openapi/v3/'.length));
    if (path === '/openapi/v2') throw new StatusError(406, 'NotAcceptable', 'the simulator serves OpenAPI v3 only');
    return discover(resources, path);
  }

  #call(user: string, call: ApiRequest, request: IncomingMessage, response: ServerResponse): void {
    const { code, body } = handle(this.server, user, call);
    const target = parsePath(this.server.store.resources, call.path);
    const isTable = call.method === 'GET' && wantsTable(request.headers.accept) && target?.subresource === '';
    if (isTable && isObject(body)) {
      const include = call.query?.includeObject ?? 'Metadata';
      send(response, code, tableOf(target.resource, body, this.server.clock.now(), include));
    } else send(response, code, body);
  }

  #watch(user: string, call: ApiRequest, request: IncomingMessage, response: ServerResponse): void {
    const query = call.query ?? {};
    const target = parsePath(this.server.store.resources, call.path);
    if (target === undefined) throw noSuchPath();
    checkAccess(this.server, user, 'GET', target, true);
    const isTable = wantsTable(request.headers.accept);
    const include = query.includeObject ?? 'Metadata';
    const byName = target.name ? { ...query, fieldSelector: `metadata.name=${target.name}` } : query;
    const end = (): void => {
      stop();
      this.#endWatches.delete(end);
      response.end();
    };
    let stop = (): void => undefined;
    const head = (): void => {
      if (response.headersSent) return;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    };
    stop = openWatch(this.server, target.resource, target.namespace, byName, {
      event: (event) => {
        head();
        const shown = isTable ? tableEvent(target.resource, event, this.server.clock.now(), include) : event;
        response.write(`${JSON.stringify(shown)}\n`);
      },
      end,
    });
    head();
    this.#endWatches.add(end);
    response.on('close', end);
  }

  #log(user: string, call: ApiRequest, request: IncomingMessage, response: ServerResponse): void {
    const target = parsePath(this.server.store.resources, call.path);
    if (target === undefined) throw noSuchPath();
    checkAccess(this.server, user, 'GET', target, false);
    const pod = this.server.get(target.resource, target.namespace, target.name);
    const log = logOf(pod, this.server.clock.now(), call.query ?? {});
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(log);
    if (call.query?.follow !== 'true') response.end();
    else request.on('close', () => response.end());
  }
}

function refuseStreams(path: string): void {
  const stream = /\/pods\/[^/]+\/(exec|attach|portforward|proxy|ephemeralcontainers|resize)$/.exec(path)?.[1];
  if (stream !== undefined) {
    throw new StatusError(
      405,
      'MethodNotAllowed',
      `pods/${stream} is not supported by the simulator: its pods run nothing`,
    );
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY)
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LARGEST_BODY}`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const type = request.headers['content-type'] ?? '';
  if (type.includes('protobuf')) {
    throw new StatusError(415, 'UnsupportedMediaType', 'the simulator reads JSON and YAML, not protobuf');
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const parsed: unknown = type.includes('yaml') ? parse(text) : JSON.parse(text);
    return parsed as Json;
  } catch (error) {
    throw badRequest(
      `the body of the request cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const PATCH_TYPES: readonly PatchType[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

function patchTypeOf(header: string | undefined): PatchType | undefined {
  return PATCH_TYPES.find((type) => header?.startsWith(type));
}

/** Without a fieldManager the API server takes the first word of the user agent. */
function managerOf(userAgent: string | undefined): string {
  return (userAgent ?? 'unknown').split('/')[0] || 'unknown';
}

function send(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function sendStatus(response: ServerResponse, status: StatusError): void {
  if (status.retryAfterSeconds !== null) response.setHeader('retry-after', String(status.retryAfterSeconds));
  send(response, status.code, status.toJson());
}
