import { createHmac } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { DeliveryError } from './contract.ts';

const CALL_MS = 10_000;
const REDIRECTS = 3;

/** More of an answer is not read: nothing is done with it. */
const ANSWER_LIMIT = 64 * 1024;

/** One call-back, as it is sent again and again. */
export interface Callback {
  url: string;
  /** Repeats in every attempt. */
  key: string;
  body: string;
}

export interface CallbackClient {
  /** One attempt. @throws DeliveryError where the answer is not 2xx, or there is none */
  post(callback: Callback): Promise<void>;
  /** Ends the calls under way. */
  close(): void;
}

/**
 * Posts call-backs, signed by the rules of Standard Webhooks (https://www.standardwebhooks.com): libraries that check
 * them exist in most languages.
 * @param secret null where call-backs are not signed
 * @param now milliseconds since 1970: receivers refuse what is too old
 */
export function callbackClient(secret: string | null, dispatcher: Dispatcher, now: () => number): CallbackClient {
  const closing = new AbortController();
  return {
    post: async ({ url, key, body }) => {
      const timestamp = Math.floor(now() / 1000);
      const signature = secret === null ? {} : { 'webhook-signature': sign(secret, key, timestamp, body) };
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'kubectl-bedrock',
        'idempotency-key': key,
        'webhook-id': key,
        'webhook-timestamp': String(timestamp),
        ...signature,
      };
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(CALL_MS)]);
      const answer = await follow(new URL(url), { method: 'POST', headers, body, dispatcher, signal });
      if (answer.status >= 200 && answer.status < 300) return;
      const retryAfterMs = retryAfter(answer.retryAfter, now());
      throw new DeliveryError(
        `the call-back to ${shownUrl(url)} was answered ${answer.status}${meaning(answer.status)}`,
        {
          permanent: answer.status === 410,
          ...(retryAfterMs === null ? {} : { retryAfterMs }),
        },
      );
    },
    close: () => closing.abort(),
  };
}

/** `v1,` and base64 of HMAC-SHA256 over "id.timestamp.body"; a secret with the prefix whsec_ is base64 of the key. */
export function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Without what may be a secret. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

interface Answer {
  status: number;
  retryAfter: string | null;
}

type Outgoing = NonNullable<Parameters<typeof request>[1]>;

/**
 * A redirect is followed within its origin only, and only as a POST (307, 308): elsewhere it would hand a signed body to
 * somebody whom nobody named.
 */
async function follow(url: URL, outgoing: Outgoing): Promise<Answer> {
  let at = url;
  for (let hops = 0; ; hops++) {
    const { statusCode, headers } = await send(at, outgoing);
    const location = textOf(headers.location);
    if (location === null || (statusCode !== 307 && statusCode !== 308)) {
      return { status: statusCode, retryAfter: textOf(headers['retry-after']) };
    }
    const next = URL.parse(location, at);
    if (next === null || next.origin !== url.origin) {
      throw new DeliveryError(
        `the call-back to ${shownUrl(url.href)} was redirected to another server (${next?.origin ?? 'nowhere'}), and not sent there; if that is right, name it in --callback-url`,
      );
    }
    if (hops === REDIRECTS) throw new DeliveryError(`the call-back to ${shownUrl(url.href)} is redirected in a circle`);
    at = next;
  }
}

async function send(url: URL, outgoing: Outgoing): Promise<Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>> {
  try {
    const { statusCode, headers, body } = await request(url, outgoing);
    await body.dump({ limit: ANSWER_LIMIT });
    return { statusCode, headers };
  } catch (error) {
    throw new DeliveryError(`the call-back to ${shownUrl(url.href)} was not answered: ${wordsOf(error)}`);
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing came within ${CALL_MS / 1000}s`;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return error.message || (inner instanceof Error ? inner.message : error.name);
}

function meaning(status: number): string {
  if (status === 401 || status === 403) return ' (does the receiver have the same BEDROCK_CALLBACK_SECRET?)';
  if (status === 410) return ': it wants no more';
  return status >= 300 && status < 400 ? ', a redirect that does not keep the body' : '';
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

function textOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
