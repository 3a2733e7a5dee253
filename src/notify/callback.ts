import type { Carried } from '../rollout/notification-record.ts';
import { nextOwed, told as toldOf, withoutCarried } from '../rollout/owed.ts';
import type { CallbackClient } from './callback-client.ts';
import { callbackBody, callbackKey } from './callback-payload.ts';
import type { Delivery, Notifier, Told } from './contract.ts';

type CarriedCallback = Extract<Carried, { to: 'callback' }>;

/** Posts each milestone that another program acts on: in order, and again until it is taken. */
export class CallbackNotifier implements Notifier {
  readonly name = 'callback';
  /** Receivers of earlier rollouts that did not answer: they are not tried again from here. */
  readonly #absent = new Set<string>();

  constructor(
    private readonly client: CallbackClient,
    /** Whether we can sign: what was promised to be signed is not sent without. */
    private readonly signs: boolean,
  ) {}

  next(told: Told, now: number): Delivery | null {
    const { notifications, spec, report } = told;
    const own = spec.callback?.url;
    const carried = notifications.carried.flatMap((each) => (this.#canSend(each) ? [each] : []));
    // to one receiver in order; but a receiver of earlier must not stand before another one
    const earlier = carried.find(({ url }) => url === own);
    if (earlier !== undefined) return this.#delivery(now, earlier, (record) => withoutCarried(record, earlier));
    const milestone = nextOwed(notifications, 'callback');
    if (milestone === null || spec.callback === undefined) return this.#elsewhere(now, carried);
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

  #canSend(message: Carried): message is CarriedCallback {
    return message.to === 'callback' && (!message.signed || this.signs) && !this.#absent.has(message.url);
  }

  #elsewhere(now: number, [first]: readonly CarriedCallback[]): Delivery | null {
    if (first === undefined) return null;
    const delivery = this.#delivery(now, first, (record) => withoutCarried(record, first));
    const send = async () => {
      this.#absent.add(first.url);
      const done = await delivery.send();
      this.#absent.delete(first.url);
      return done;
    };
    return { ...delivery, send };
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
