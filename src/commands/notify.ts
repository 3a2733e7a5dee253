import { EXIT } from './exit-codes.ts';
import { type Host, tell } from './host.ts';
import type { Op } from './op.ts';
import { withConnection } from './with-connection.ts';

/** Tells Slack and call-back receivers what nobody took while the rollout ran. */
export function notify(op: Extract<Op, { command: 'notify' }>, host: Host): Promise<number> {
  return withConnection(host, op.kube, async (connected) => {
    const ref = { namespace: connected.namespace, name: op.name };
    const { holder, delivered, left, problems } = await host.deliverOwed({ connected, ref, user: host.user });
    const subject = `sts/${op.name}`;
    if (holder !== null) {
      tell(host, [`${holder} executes ${subject}, and tells what is owed.`]);
      return EXIT.done;
    }
    if (delivered === 0 && left === 0) {
      tell(host, [`${subject}: nothing is owed.`]);
      return EXIT.done;
    }
    tell(host, [`${subject}: ${delivered} told, ${left} left.`, ...problems.map((problem) => `  ${problem}`)]);
    return left === 0 ? EXIT.done : EXIT.failed;
  });
}
