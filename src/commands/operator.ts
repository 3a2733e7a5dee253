import { hostname } from 'node:os';
import { openNotifiers } from '../notify/open.ts';
import { SETTINGS } from '../notify/settings.ts';
import { CountingApi } from '../operator/counting-api.ts';
import { jsonLog } from '../operator/log.ts';
import { Metrics } from '../operator/metrics.ts';
import { Operator } from '../operator/operator.ts';
import { serveHealth } from '../operator/server.ts';
import { type EndingSignal, EXIT } from './exit-codes.ts';
import type { Host } from './host.ts';
import type { OperatorOp } from './op.ts';
import { VERSION } from './version.ts';
import { withConnection } from './with-connection.ts';

/** Runs until a signal; leaves every set held then. */
export function operator(op: OperatorOp, host: Host): Promise<number> {
  return withConnection(host, op.kube, async (connected) => {
    const log = jsonLog((line) => void host.stdout.write(line));
    const metrics = new Metrics();
    const api = new CountingApi(connected.api, metrics.counted);
    const namespaces = op.namespaces?.length === 0 ? [connected.namespace] : op.namespaces;
    const { outside } = host;
    const running = new Operator({
      connected: { ...connected, api },
      user: `operator@${hostname()}`,
      namespaces,
      leaseNamespace: op.leaseNamespace ?? connected.namespace,
      workers: op.workers,
      notifiers:
        (secret) =>
        (...rollout) =>
          openNotifiers({ ...host.env, [SETTINGS.callbackSecret]: secret ?? undefined }, ...rollout),
      ...(outside === undefined ? {} : { outside: () => outside }),
      log,
      meter: metrics,
    });
    metrics.show(running);
    const served = op.listen === null ? null : await serveHealth(op.listen, metrics.registry, running);
    log.info(
      { version: VERSION, namespaces: namespaces ?? 'all', ...(served === null ? {} : { port: served.port }) },
      'the operator runs',
    );
    const signal = await ended(host);
    log.info({ signal }, 'told to stop: every set stays held');
    await running.stop();
    await served?.close();
    log.info({}, 'stopped');
    return EXIT.done;
  });
}

/** The first signal; whoever asks twice does not want to wait. */
function ended(host: Host): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let asked = false;
    host.onSignal((signal) => {
      if (asked) host.exitNow(EXIT[signal]);
      asked = true;
      resolve(signal);
    });
  });
}
