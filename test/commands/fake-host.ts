import { PassThrough } from 'node:stream';
import type { EndingSignal } from '../../src/commands/exit-codes.ts';
import type { Host } from '../../src/commands/host.ts';
import { UsageError } from '../../src/rollout/errors.ts';

export interface FakeHost extends Host {
  /** What was written to standard output so far. */
  out(): string;
  err(): string;
  /** Sends a signal; true where somebody was listening. */
  signal(signal: EndingSignal): boolean;
  /** Standard output has no reader any more. */
  closeOutput(): boolean;
  /** Exit codes of exitNow(). */
  exits: number[];
  /** Questions that were asked. */
  asked: string[];
}

export interface FakeParts {
  connect?: Host['connect'];
  openSession?: Host['openSession'];
  openSlack?: Host['openSlack'];
  deliverOwed?: Host['deliverOwed'];
  files?: Record<string, string>;
  outside?: Host['outside'];
  terminal?: boolean;
  env?: NodeJS.ProcessEnv;
  answer?: boolean;
}

/** Never the same twice, for all hosts of a test together. */
let identities = 0;

/** A process without a process. By default there is no terminal. */
export function fakeHost(parts: FakeParts = {}): FakeHost {
  const written = { out: '', err: '' };
  const handlers = new Set<(signal: EndingSignal) => void>();
  const closers = new Set<() => void>();
  const exits: number[] = [];
  const asked: string[] = [];
  const terminal = parts.terminal ?? false;
  return {
    stdin: stream(terminal),
    stdout: stream(terminal, (text) => {
      written.out += text;
    }),
    stderr: stream(terminal, (text) => {
      written.err += text;
    }),
    env: parts.env ?? { TERM: 'dumb' },
    user: 'ann@laptop',
    readFile: async (path) => {
      const text = parts.files?.[path];
      if (text === undefined) throw new UsageError(`${path} cannot be read: ENOENT`);
      return text;
    },
    connect: parts.connect ?? (() => Promise.reject(new Error('this test has no cluster'))),
    openSession: parts.openSession ?? (() => Promise.reject(new Error('this test must open no session'))),
    deliverOwed: parts.deliverOwed ?? (() => Promise.reject(new Error('this test must deliver nothing'))),
    openSlack: parts.openSlack ?? (async () => null),
    ...(parts.outside === undefined ? {} : { outside: parts.outside }),
    confirm: async (question) => {
      asked.push(question);
      return parts.answer ?? false;
    },
    onSignal: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    onClosedOutput: (handler) => {
      closers.add(handler);
      return () => closers.delete(handler);
    },
    exitNow: (code) => {
      exits.push(code);
    },
    newIdentity: () => `identity-${++identities}`,
    out: () => written.out,
    err: () => written.err,
    signal: (signal) => {
      for (const handler of handlers) handler(signal);
      return handlers.size > 0;
    },
    closeOutput: () => {
      for (const closer of closers) closer();
      return closers.size > 0;
    },
    exits,
    asked,
  };
}

type Tty = NodeJS.ReadStream & NodeJS.WriteStream;

function stream(isTTY: boolean, onText: (text: string) => void = () => {}): Tty {
  const through = new PassThrough();
  through.on('data', (chunk: Buffer) => onText(chunk.toString()));
  // a terminal's stream has members that no test of ours needs
  return Object.assign(through, { isTTY }) as unknown as Tty;
}
