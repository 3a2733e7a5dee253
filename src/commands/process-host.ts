import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { OpenNotifiers } from '../notify/contract.ts';
import { UsageError } from '../rollout/errors.ts';
import type { EndingSignal } from './exit-codes.ts';
import type { Host } from './host.ts';

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The process as it is. Connection and executor are loaded when a command first needs them. */
export function processHost(): Host {
  const { stdin, stdout, stderr, env } = process;
  // `| head` closes the pipe: a command that is not running a session just ends
  stdout.on('error', () => {});
  return {
    stdin,
    stdout,
    stderr,
    env,
    user: whoAmI(),
    readFile: async (path) => {
      if (path === '-') return text(stdin);
      return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(`${path} cannot be read: ${error.code ?? error.message}`);
      });
    },
    connect: async (flags) => (await import('../cluster/connection.ts')).connect(flags),
    openSession: async (options) => {
      const { openSession } = await import('../executor/session.ts');
      // whoever comes to execute tells of it: also a viewer that takes over
      return openSession({ notifiers: notifiersOf(env), ...options });
    },
    deliverOwed: async (options) => {
      const { deliverOwed } = await import('../executor/deliver.ts');
      return deliverOwed({ notifiers: notifiersOf(env), ...options });
    },
    openSlack: async () => (await import('../notify/open.ts')).openSlack(env),
    confirm: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr });
      const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
      try {
        const answer = await Promise.race([lines.question(`${question} [y/N] `), closed]);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
    onSignal: (handler) => {
      const listeners = SIGNALS.map((signal) => ({ signal, listener: () => handler(signal) }));
      for (const { signal, listener } of listeners) process.on(signal, listener);
      return () => {
        for (const { signal, listener } of listeners) process.off(signal, listener);
      };
    },
    onClosedOutput: (handler) => {
      stdout.on('error', handler);
      return () => stdout.off('error', handler);
    },
    exitNow: (code) => process.exit(code),
    newIdentity: () => randomUUID(),
  };
}

function notifiersOf(env: NodeJS.ProcessEnv): OpenNotifiers {
  return async (...rollout) => (await import('../notify/open.ts')).openNotifiers(env, ...rollout);
}

function whoAmI(): string {
  return `${userName()}@${hostname().split('.')[0] || 'localhost'}`;
}

/** Containers run under uids that have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER || `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
