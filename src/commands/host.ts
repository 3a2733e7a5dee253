import type { Connected, ConnectFlags } from '../cluster/connection.ts';
import type { OpenSession, SessionOptions } from '../executor/contract.ts';
import type { Delivered } from '../executor/deliver.ts';
import type { Outside } from '../gates/outside.ts';
import type { SlackClient } from '../notify/slack-client.ts';
import type { EndingSignal } from './exit-codes.ts';

/** Where text goes. */
export interface TextOutput {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** Everything of the process that a command touches, so that tests need no process. */
export interface Host {
  stdin: { isTTY?: boolean };
  stdout: TextOutput;
  stderr: TextOutput;
  /** Ink is told through it what the terminal can do. */
  env: NodeJS.ProcessEnv;
  /** Who we are in Lease and record: "ann@laptop". */
  user: string;
  /** The whole text of a file; of standard input for "-". */
  readFile(path: string): Promise<string>;
  connect(flags: ConnectFlags): Promise<Connected>;
  openSession(options: SessionOptions): Promise<OpenSession>;
  /** Tells what a rollout owes that nobody executes. */
  deliverOwed(options: Pick<SessionOptions, 'connected' | 'ref' | 'user'>): Promise<Delivered>;
  /** Slack, by the token in the environment; null where there is none. Whoever opens it closes it. */
  openSlack(): Promise<SlackClient | null>;
  /** Asks yes or no, on standard error; no where nothing is answered. */
  confirm(question: string): Promise<boolean>;
  /** Calls back at each ending signal; returns what ends that. */
  onSignal(handler: (signal: EndingSignal) => void): () => void;
  /** Calls back when nobody reads standard output any more; returns what ends that. */
  onClosedOutput(handler: () => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
  /** Where Consul and Prometheus are; the real world where it is left out. */
  outside?: Outside;
  /** Never the same twice. */
  newIdentity(): string;
}

export function print(host: Pick<Host, 'stdout'>, lines: readonly string[]): void {
  for (const line of lines) host.stdout.write(`${line}\n`);
}

export function tell(host: Pick<Host, 'stderr'>, lines: readonly string[]): void {
  for (const line of lines) host.stderr.write(`${line}\n`);
}
