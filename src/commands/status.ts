import type { OpenSession } from '../executor/contract.ts';
import { isObject, type Json } from '../rollout/json.ts';
import type { Live } from '../rollout/live.ts';
import { jsonText, yamlText } from '../ui/data-text.ts';
import { etaOf } from '../ui/jsonl.ts';
import { summary } from '../ui/summary.ts';
import { glyphsOf } from '../ui/terminal.ts';
import { clean } from '../ui/text.ts';
import type { View } from '../ui/view.ts';
import { viewModel } from '../ui/view-model.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, print } from './host.ts';
import type { Op } from './op.ts';
import { endOn, runSession } from './run-session.ts';
import { isStale } from './stale.ts';
import { statusLines } from './status-text.ts';
import { withConnection } from './with-connection.ts';

/** How a rollout stands: once, as data, or followed until it ends. Never executes. */
export function status(op: Extract<Op, { command: 'status' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async (connected) => {
    const ref = { namespace: connected.namespace, name: op.name };
    // looking once must not end by itself before it was looked at
    const session = await host.openSession({ connected, ref, user: host.user, execute: false, endOn: endOn('line') });
    try {
      const live = await firstLook(session);
      // a set without a rollout would be followed for ever
      if (op.watch && live.record !== null) {
        return await runSession(host, session, {
          output: op.output === 'jsonl' ? 'jsonl' : 'line',
          wanted: 'forward',
          exitAtPause: false,
        });
      }
      const view = viewModel(live);
      if (op.output === 'json') print(host, [jsonText(dataOf(live, view))]);
      else if (op.output === 'yaml') print(host, [yamlText(dataOf(live, view))]);
      else if (op.output === 'jsonl') print(host, [jsonText(dataOf(live, view), 0)]);
      else print(host, [...statusLines(view, live, glyphsOf(host.env)), '', ...summary(live), ...staleLines(live)]);
      return EXIT.done;
    } finally {
      await session.stop();
    }
  });
}

/**
 * The picture once set and pods were looked at.
 * @throws Error where there will be none: an object of the cluster is not what its kind says it is
 */
function firstLook(session: OpenSession): Promise<Live> {
  return new Promise((resolve, reject) => {
    void session.done.then(({ message }) => reject(new Error(message ?? 'the set could not be looked at')));
    const look = () => {
      const live = session.live();
      if (live.observation === null) return;
      unsubscribe();
      resolve(live);
    };
    const unsubscribe = session.subscribe(look);
    look();
  });
}

function staleLines({ observation, record, place }: Live): string[] {
  if (observation === null || record?.status == null || !isStale(record.status, observation.set)) return [];
  const who = clean(observation.set.foreignWriter?.manager ?? 'somebody');
  return [
    `  since then ${who} has changed its template: kubectl bedrock rollout sts/${place.name} -n ${place.namespace} rolls that out`,
  ];
}

/** For scripts: the record as it is, and what was counted now. Absent parts are null. */
function dataOf(live: Live, view: View): Json {
  const { counts, phase, rows, blockers, header } = view;
  const data: unknown = {
    namespace: live.place.namespace,
    statefulSet: live.place.name,
    decidedBy: header.decidedBy,
    phase: phase.phase,
    reason: phase.reason,
    message: phase.message,
    held: phase.held,
    executor: live.holder?.identity ?? null,
    counts: {
      replicas: counts.replicas,
      updated: counts.updated,
      onTheWay: counts.onTheWay,
      old: counts.old,
      broken: counts.broken,
      outOfTurn: counts.outOfTurn,
    },
    pods: rows.map(({ name, state, revision, revisionName, ready, node }) => ({
      name,
      state,
      version: revision,
      revision: revisionName,
      ready,
      node: node === '' ? null : node,
    })),
    blockers: blockers.map(({ code, text, pods }) => ({ code, message: text, pods })),
    connection: header.connection,
    eta: etaOf(view),
    record: live.record,
  };
  return plainJson(data);
}

/** Without members that are undefined, which YAML would print as null. */
function plainJson(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value));
  return isObject(json) ? json : {};
}
