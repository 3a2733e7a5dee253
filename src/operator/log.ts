import { pino } from 'pino';
import { withoutSecrets } from '../cluster/without-secrets.ts';
import { plainText } from '../rollout/plain-text.ts';
import type { Log } from './contract.ts';

/** Lines of JSON: time, level, message and facts, for whoever collects the logs of a cluster. */
export function jsonLog(write: (line: string) => void): Log {
  const log = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }), log: (facts) => cleaned(facts) },
    },
    { write },
  );
  return {
    info: (facts, message) => log.info(facts, clean(message)),
    warn: (facts, message) => log.warn(facts, clean(message)),
    error: (facts, message) => log.error(facts, clean(message)),
  };
}

function cleaned(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? clean(value) : value]),
  );
}

function clean(text: string): string {
  return withoutSecrets(plainText(text));
}
