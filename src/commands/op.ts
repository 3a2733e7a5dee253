import type { ConnectFlags } from '../cluster/connection.ts';
import type { InstallOptions } from '../install/options.ts';
import type { Pace } from '../rollout/begin.ts';
import type { ImageChange } from '../rollout/change.ts';
import type { ScreenFlags } from '../ui/terminal.ts';
import type { ScenarioName } from './demo/scenarios.ts';
import type { GateFlags } from './gate-flags.ts';
import type { NotifyFlags } from './notify-flags.ts';

/** What the command line asks for, checked as far as can be without a cluster. */
export type Op =
  | RolloutOp
  | { command: 'status'; kube: ConnectFlags; name: string; watch: boolean; output: 'json' | 'yaml' | 'jsonl' | null }
  | { command: 'pause'; kube: ConnectFlags; name: string }
  | { command: 'pause-all'; kube: ConnectFlags; allNamespaces: boolean }
  | ({ command: 'resume' } & EditOp)
  | { command: 'speed'; kube: ConnectFlags; name: string; maxUnavailable: string }
  | ({ command: 'promote'; percent: number | null } & EditOp)
  | ({ command: 'rollback'; toRevision: number | null } & EditOp)
  | {
      command: 'history';
      kube: ConnectFlags;
      name: string;
      revision: number | null;
      /** `to` null: the set's update revision. */
      diff: { from: number; to: number | null } | null;
    }
  | { command: 'hold' | 'unhold'; kube: ConnectFlags; name: string; yes: boolean }
  | { command: 'list'; kube: ConnectFlags; allNamespaces: boolean; staleMs: number | null }
  | DemoOp
  | { command: 'completion'; what: 'bash' | 'zsh' | 'fish' | 'install' | 'uninstall' }
  | { command: 'notify'; kube: ConnectFlags; name: string }
  | OperatorOp
  | InstallOp
  | UninstallOp
  | { command: 'version' };

export interface InstallOp {
  command: 'install';
  kube: ConnectFlags;
  options: InstallOptions;
  dryRun: 'client' | 'server' | null;
  force: boolean;
}

export interface UninstallOp {
  command: 'uninstall';
  kube: ConnectFlags;
  /** The CustomResourceDefinition, too. */
  crd: boolean;
  yes: boolean;
}

export interface OperatorOp {
  command: 'operator';
  kube: ConnectFlags;
  /** null for all; none: that of the connection. */
  namespaces: string[] | null;
  /** null: that of the connection. */
  leaseNamespace: string | null;
  /** Of metrics and probes; null for none. */
  listen: { host: string; port: number } | null;
  workers: number;
}

export interface RolloutOp {
  command: 'rollout';
  kube: ConnectFlags;
  /** null: the file says. */
  name: string | null;
  change: ChangeFlags;
  pace: Pace;
  gates: GateFlags;
  notify: NotifyFlags;
  dryRun: 'client' | 'server' | null;
  yes: boolean;
  follow: FollowFlags;
}

export type ChangeFlags =
  | { kind: 'image'; images: ImageChange[] }
  | { kind: 'file'; path: string; force: boolean }
  | { kind: 'restart'; again: boolean }
  | { kind: 'revision'; revision: number }
  | { kind: 'pending' };

/** A subcommand that edits the record and, where nobody executes, does so itself. */
export interface EditOp {
  kube: ConnectFlags;
  name: string;
  execute: boolean;
  yes: boolean;
  follow: FollowFlags;
}

export interface DemoOp {
  command: 'demo';
  scenario: ScenarioName;
  /** null: the scenario says. */
  pods: number | null;
  serve: boolean;
  kubernetes: '1.34' | '1.37';
  yes: boolean;
  /** null: chosen by the terminal. */
  output: Output | null;
}

export type Output = 'tui' | 'line' | 'jsonl';

export interface FollowFlags {
  /** null: chosen by the terminal. */
  output: Output | null;
  exitAtPause: boolean;
  screen: ScreenFlags;
}

export type Parsed =
  | { kind: 'help'; text: string }
  /** `named`: whether the name in `op` is the set's, or that of the StatefulsetRollout which is about it. */
  | { kind: 'run'; op: Op; named: 'set' | 'resource'; verbosity: number };
