import { isObject, type Json } from '../rollout/json.ts';
import { ApiError, ConnectionError } from './api.ts';
import { errorText, plainText } from './words.ts';

const NAMES: Record<number, string> = {
  400: 'bad request',
  401: 'the credentials were not accepted',
  403: 'forbidden',
  404: 'not found',
  409: 'conflict',
  410: 'gone',
  429: 'too many requests',
  500: 'internal error',
  502: 'bad gateway',
  503: 'service unavailable',
  504: 'gateway time-out',
};

/** The error that an answer other than 2xx means. @param body as received, whatever it is */
export function apiError(code: number, body: string, retryAfter: string | undefined): ApiError {
  const status = statusOf(body);
  const details = status && isObject(status.details) ? status.details : {};
  const causes = (Array.isArray(details.causes) ? details.causes : []).filter(isObject).map((cause) => ({
    reason: text(cause.reason),
    message: plainText(text(cause.message)),
    field: text(cause.field),
  }));
  const seconds =
    typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : Number(retryAfter ?? Number.NaN);
  const message = plainText(text(status?.message)) || bareMessage(code, body);
  return new ApiError(code, text(status?.reason), message, causes, Number.isFinite(seconds) ? seconds : null);
}

/** The error in an ERROR event of a watch, whose HTTP answer was 200. */
export function eventError(object: Json): ApiError {
  const code = isObject(object) && typeof object.code === 'number' ? object.code : 500;
  return apiError(code, JSON.stringify(object), undefined);
}

/** Something other than an API server (a proxy, a load balancer) may have answered: no page of HTML in a message. */
function bareMessage(code: number, body: string): string {
  const name = NAMES[code];
  const words = /^\s*[<{]/.test(body) ? '' : plainText(body.slice(0, 300));
  return `the server answered ${code}${name ? ` (${name})` : ''}${words ? `: ${words}` : ''}`;
}

function statusOf(body: string) {
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) && (parsed.kind === 'Status' || 'message' in parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const CODES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ETIMEDOUT: 'no answer to connect',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'no answer to connect',
  UND_ERR_SOCKET: 'the connection was closed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the kubeconfig's authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the kubeconfig's authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the kubeconfig's authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by the kubeconfig's authority",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name (see tls-server-name of the kubeconfig)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: the address may have to begin with http://',
};

/** Of an error of undici or Node: the code that names its cause; '' where there is none. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // the cause of a closed socket says more than undici's own code
  const cause = error.cause instanceof Error ? errorCode(error.cause) : '';
  return cause || code;
}

/** Whether a kept-alive connection was closed under our hands: nothing is wrong with the server. */
export function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(errorCode(error));
}

export function connectionError(server: string, error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = errorCode(error);
  const why = CODES[code] ?? withoutSecrets(errorText(error)) ?? code;
  return new ConnectionError(`cannot reach the API server ${server}: ${why || code || 'no reason given'}`);
}

/** A token must not reach a terminal or a log, whoever put it into an error. */
export function withoutSecrets(message: string): string {
  return message.replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***').replace(/\/\/[^/@\s]+@/g, '//***@');
}
