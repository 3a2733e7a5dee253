/**
 * A process of its own for `bench api`: executes one rollout as the product does, and counts what goes through the seam.
 * Tells its parent a Reading whenever it is sent 'read', pauses at 'pause' and leaves at 'leave'; once the rollout is
 * over it says so.
 */
import { connect } from '../../../src/cluster/connection.ts';
import { gather } from '../../../src/commands/gather.ts';
import { openSession } from '../../../src/executor/session.ts';
import { beginImage } from '../begin-image.ts';
import { MeteredApi } from './metered-api.ts';

const [kubeconfig = '', namespace = '', image = '', maxUnavailable = '1'] = process.argv.slice(2);
const ref = { namespace, name: 'web' };

const connected = await connect({ kubeconfig, namespace, asGroup: [] });
const { set } = await gather(connected.api, ref);
const begin = beginImage(set.template, set.updateRevision, image, { maxUnavailable, minReady: '0s' });
const api = new MeteredApi(connected.api);
const session = await openSession({
  connected: { api, context: connected.context, server: connected.server },
  ref,
  user: 'bench',
  execute: true,
  begin,
  endOn: new Set(),
});
process.on('message', (word) => {
  if (word === 'read') process.send?.({ reading: api.read() });
  else if (word === 'pause') void session.act({ kind: 'pause' });
  else if (word === 'leave') void session.stop();
});
const { outcome, message } = await session.done;
process.send?.({ ended: outcome, message, reading: api.read() });
await connected.close();
process.disconnect?.();
