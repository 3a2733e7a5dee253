import { nextOwed, told as toldOf, withoutCarried } from '../rollout/owed.ts';
import type { CallbackClient } from './callback-client.ts';
import { callbackBody, callbackKey } from './callback-payload.ts';
import type { Delivery, Notifier, Told } from './contract.ts';

/** Posts each milestone that another program acts on: in order, and again until it is taken. */
export class CallbackNotifier implements Notifier {
  readonly name = 'callback';

  constructor(
    private readonly client: CallbackClient,
    /** Whether we can sign: what was promised to be signed is not sent without. */
    private readonly signs: boolean,
  ) {}

  next(told: Told, now: number): Delivery | null {
    const { notifications, spec, report } = told;
    const carried = notifications.carried.find((each) => each.to === 'callback' && (!each.signed || this.signs));
    if (carried?.to === 'callback') {
      return this.#delivery(now, carried, (record) => withoutCarried(record, carried));
    }
    const milestone = nextOwed(notifications, 'callback');
    if (milestone === null || spec.callback === undefined) return null;
    const callback = {
      url: spec.callback.url,
      key: callbackKey(spec.rolloutIdentity, milestone.sequence),
      body: callbackBody(milestone, { ...told, place: { namespace: report.namespace, name: report.name } }),
    };
    return this.#delivery(now, callback, (record) => toldOf(record, 'callback', milestone.sequence));
  }

  close(): void {
    this.client.close();
  }

  #delivery(
    now: number,
    callback: Parameters<CallbackClient['post']>[0],
    done: Awaited<ReturnType<Delivery['send']>>,
  ): Delivery {
    return {
      notBefore: now,
      owed: true,
      send: async () => {
        await this.client.post(callback);
        return done;
      },
    };
  }
}
