import type { PauseReason, Phase } from '../rollout/record.ts';
import type { PodState } from './pod-state.ts';

/**
 * Everything that any renderer shows, in words and clean of control characters. Line mode, jsonl and the TUI are three
 * renderings of this one picture. All times are milliseconds on the clock of `at`.
 */
export interface View {
  at: number;
  header: HeaderView;
  change: ChangeView;
  phase: PhaseView;
  counts: Counts;
  pace: PaceView;
  /** Highest ordinal first. */
  rows: RowView[];
  banner: BannerView | null;
  blockers: BlockerView[];
  /** Oldest first. */
  events: EventView[];
  notice: { at: number; text: string; bad: boolean } | null;
  /** What is wrong around the rollout and does not stop it: somebody is not told. */
  warning: string | null;
  /** Valid now. */
  keys: KeyView[];
  acts: ActsView;
}

export interface HeaderView {
  /** sts/web */
  subject: string;
  namespace: string;
  statefulSet: string;
  /** "statefulsetrollout/web", where one decides about the set; null where none does. */
  decidedBy: string | null;
  context: string;
  server: string;
  role: 'executor' | 'viewer';
  /** "executing here", "watching, alice@laptop executes" */
  hands: string;
  connection: 'live' | 'connecting' | 'broken';
  /** "live", "last update 42s ago, reconnecting" */
  connectionWords: string;
}

export interface ChangeView {
  direction: 'forward' | 'back';
  /** "app 1.8.2 -> 1.9.0", one for each image that differs; or what else is done. */
  images: string[];
  /** "web-7d9f6c -> web-5c4b88" */
  revisions: string;
  /** What the pods are at in the end: "app 1.9.0". */
  wanted: string;
}

export interface PhaseView {
  /** null where there is no rollout. */
  phase: Phase | null;
  reason: PauseReason | null;
  message: string | null;
  since: number | null;
  /** Nothing more will happen by itself. */
  ended: boolean;
  held: boolean;
}

/** Pods in range; the parts add up to `replicas`. */
export interface Counts {
  replicas: number;
  /** At the wanted revision and counted as available. */
  updated: number;
  /** Starting, soaking, terminating or missing. */
  onTheWay: number;
  /** Not yet at the wanted revision, broken ones left out. */
  old: number;
  /** Of the old ones, those that are not Ready. */
  oldUnready: number;
  broken: number;
  /** New before their turn, or at a third revision. */
  outOfTurn: number;
  /** "6 of 16 updated", "3 on the way", "7 old", "0 broken" */
  words: string[];
  /** Without what is 0, and without the old ones. */
  shortWords: string[];
}

export interface PaceView {
  /** "step 2 of 3 (50% = 8 pods)" */
  step: string;
  /** Counts from 1. */
  stepNumber: number;
  steps: number;
  goal: number;
  budget: number;
  /** "3 at once" */
  speed: string;
  elapsedMs: number | null;
  /** null where it would be a guess. */
  etaMs: number | null;
  /** Eight times in ten the step ends between these. */
  etaRangeMs: { low: number; high: number } | null;
  /** "about 1m20s for this step"; may be empty. */
  left: string;
  /** "about 1m20s left", of this step; may be empty. */
  shortLeft: string;
  /** "paused for 3m", "next step in 40s"; may be empty. */
  pause: string;
  /** "2m10s gone, about 1m20s for this step"; may be empty. */
  time: string;
  /** "2m10s gone" */
  shortTime: string;
}

export interface RowView {
  name: string;
  ordinal: number;
  uid: string | null;
  state: PodState;
  /** "old", "new", "third": which version; "-" where there is no pod. */
  revision: string;
  /** A ControllerRevision's name. */
  revisionName: string | null;
  /** "starting: 1/2 containers" */
  words: string;
  /** When it came into this state, on the clock of `at`; null where it is not known. */
  since: number | null;
  node: string;
  ready: boolean;
  /** How its replacement went, as far as we saw it. */
  downMs: number | null;
  startMs: number | null;
}

/** What stands between the progress and the pods: the end, a stop, or what needs a person. */
export interface BannerView {
  /** `alarm` is the only loud thing on the screen. */
  tone: 'calm' | 'good' | 'alarm';
  title: string;
  details: string[];
  /** How the pods are now. */
  state: string | null;
  /** What each key would do, in pods. */
  choices: { key: string; text: string }[];
}

export interface BlockerView {
  code: string;
  text: string;
  pods: string[];
}

export interface EventView {
  at: number;
  kind: string;
  pod: string | null;
  text: string;
}

export interface KeyView {
  key: 'space' | '+ -' | 'n' | 'r' | 'e' | '?' | 'q';
  label: string;
  /** Low ones go first where the window is narrow. */
  weight: number;
}

/** What the keys would do, before they do it. */
export interface ActsView {
  /** Pods that a rollback would restart. */
  rollback: string[];
  /** Of `n`; `percent` where it goes beyond the percentage asked for. */
  next: { percent: number | null; text: string } | null;
}
