import { LeaseHold } from '../cluster/lease.ts';
import { observeSet } from '../cluster/observe.ts';
import { getSet } from '../cluster/reads.ts';
import { readRecord, writeStatus } from '../cluster/record-store.ts';
import type { Live } from '../rollout/live.ts';
import { NOTHING_ASKED, NOTHING_TOLD } from '../rollout/observation.ts';
import { countOwed } from '../rollout/owed.ts';
import type { RecordStatus, RolloutRecord } from '../rollout/record.ts';
import type { SessionOptions } from './contract.ts';
import { Notices } from './notices.ts';

/** Each message is tried once; together they may take so long. */
const PATIENCE_MS = 30_000;

export interface Delivered {
  /** Who executes the rollout, and tells of it; null where we have done it. */
  holder: string | null;
  delivered: number;
  left: number;
  /** Why some are left, in words. */
  problems: string[];
}

/**
 * Tells what a rollout's executors could not tell while they ran. Holds the Lease meanwhile, so that nobody tells it
 * twice; touches neither pods nor fence.
 * @throws ApiError, ConnectionError; RecordError where the record cannot be read
 */
export async function deliverOwed(
  options: Pick<SessionOptions, 'connected' | 'ref' | 'user' | 'notifiers'>,
): Promise<Delivered> {
  const { connected, ref, user } = options;
  const { api } = connected;
  const lease = new LeaseHold(api, ref, { user });
  const acquired = await lease.tryAcquire();
  if (acquired !== 'held') return { holder: acquired.holder, delivered: 0, left: 0, problems: [] };
  try {
    const raw = await getSet(api, ref);
    const record = readRecord(raw);
    const before = record?.status;
    if (record === null || before == null) return { holder: null, delivered: 0, left: 0, problems: [] };
    const live = liveOf(options, { ...record, status: before }, raw);
    const { status, problems } = await tell(options, live, before);
    if (status !== before) await writeStatus(api, ref, raw, status);
    const left = owedIn(status);
    const conditions = (status.conditions ?? []).map(({ message }) => message);
    return {
      holder: null,
      delivered: owedIn(before) - left,
      left,
      problems: left === 0 ? [] : [...problems, ...conditions],
    };
  } finally {
    await lease.release();
  }
}

async function tell(
  options: Pick<SessionOptions, 'connected' | 'ref' | 'notifiers'>,
  live: () => Live,
  before: RecordStatus,
): Promise<{ status: RecordStatus; problems: string[] }> {
  const problems: string[] = [];
  const keeper = {
    executing: true,
    current: before,
    status: () => keeper.current,
    setStatus: (status: RecordStatus) => {
      keeper.current = status;
    },
  };
  const host = {
    api: options.connected.api,
    ref: options.ref,
    live,
    act: () => Promise.reject(new Error('nobody executes this rollout now: kubectl bedrock resume does')),
    tell: (text: string) => void problems.push(text),
    changed: () => {},
  };
  const notices = new Notices(host, keeper, options);
  notices.look();
  await notices.close({ outcome: 'left', message: null }, PATIENCE_MS);
  return { status: keeper.current, problems };
}

function liveOf(
  { connected, ref }: Pick<SessionOptions, 'connected' | 'ref'>,
  record: RolloutRecord,
  raw: Parameters<typeof observeSet>[0],
): () => Live {
  const { api, context, server } = connected;
  const set = observeSet(raw, api.clock.now());
  return () => ({
    at: api.clock.now(),
    place: { context, server, ...ref },
    observation: { set, pods: [], asked: NOTHING_ASKED, told: NOTHING_TOLD },
    record,
    blockers: [],
    plan: null,
    connection: { state: 'live', heardAt: api.clock.now(), detail: null },
    role: 'viewer',
    holder: null,
    notice: null,
    timings: new Map(),
  });
}

function owedIn({ notifications }: RecordStatus): number {
  if (notifications === undefined) return 0;
  return countOwed(notifications, 'slack') + countOwed(notifications, 'callback');
}
