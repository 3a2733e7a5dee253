import { ApiError, ConnectionError } from './api.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: to strip them is the purpose
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from outside, without what could steer a terminal; line breaks and tabs become spaces. */
export function plainText(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(CONTROL, '')
    .trim();
}

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
