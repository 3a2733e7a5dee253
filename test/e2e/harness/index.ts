import { inject } from 'vitest';
import { type Cluster, connectCluster } from './cluster.ts';

export { type BedrockOptions, BedrockRun, bedrock, PROGRAM, runBedrock } from './bedrock.ts';
export { type Cluster, connectCluster, type Parts, type Rule, startCluster } from './cluster.ts';
export { type Finished, run } from './command.ts';
export type { ControlPlaneOptions, PartName } from './control-plane.ts';
export type { Change, FenceViolation, Incarnation, Moment, SetHistory } from './history.ts';
export { nativeRollout } from './native.ts';
export * from './objects.ts';
export { JSON_PATCH, MERGE_PATCH, RawApi, RawError, STRATEGIC_PATCH } from './raw-api.ts';
export * from './sets.ts';
export { runInTmux, Terminal, type TerminalOptions, type TerminalState } from './tmux.ts';
export { eventually } from './wait.ts';
export { type Mark, WatchLog } from './watch-log.ts';

/** The cluster that all files of this run share: use a namespace of your own, and do not hurt it. */
export function sharedCluster(): Promise<Cluster> {
  return connectCluster(inject('kubeconfig'));
}
