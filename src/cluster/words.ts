import { plainText } from '../rollout/plain-text.ts';
import { ApiError, ConnectionError } from './api.ts';

export { plainText };

/** What an error says, for people. */
export function errorText(error: unknown): string {
  return plainText(error instanceof Error ? error.message : String(error));
}

export function isStatus(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

export function isConnectionError(error: unknown): error is ConnectionError {
  return error instanceof ConnectionError;
}
