import type { JsonObject } from '../rollout/json.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiObject, nameOf, namespaceOf, number, text, timestamp, uidOf } from './objects.ts';
import { EVENTS } from './resources.ts';

/** Writes Events; the same one again only counts up. */
export class EventRecorder {
  constructor(
    private readonly server: ApiServer,
    private readonly component: string,
    /** Normal events too; without them only warnings. */
    private readonly all: boolean,
  ) {}

  normal(about: ApiObject, reason: string, message: string): void {
    if (this.all) this.#record(about, 'Normal', reason, message);
  }

  warning(about: ApiObject, reason: string, message: string): void {
    this.#record(about, 'Warning', reason, message);
  }

  #record(about: ApiObject, type: string, reason: string, message: string): void {
    const { server } = this;
    const caller = { user: this.component, manager: null };
    const namespace = namespaceOf(about) || 'default';
    const now = timestamp(server.clock.now());
    const same = server.store
      .list(EVENTS, namespace)
      .find((event) => event.reason === reason && event.message === message && involves(event, about));
    if (same !== undefined) {
      const event = { ...same, count: number(same.count) + 1, lastTimestamp: now };
      server.update(caller, EVENTS, namespace, nameOf(same), event);
      return;
    }
    const involvedObject: JsonObject = {
      kind: text(about.kind),
      namespace: namespaceOf(about),
      name: nameOf(about),
      uid: uidOf(about),
      apiVersion: text(about.apiVersion),
      resourceVersion: text(about.metadata.resourceVersion),
    };
    const source = { component: this.component };
    const metadata = { name: `${nameOf(about)}.${server.random.uid().slice(0, 13)}` };
    server.create(caller, EVENTS, namespace, {
      metadata,
      involvedObject,
      reason,
      message,
      type,
      source,
      reportingComponent: this.component,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    });
  }
}

function involves(event: ApiObject, about: ApiObject): boolean {
  const object = event.involvedObject;
  return typeof object === 'object' && object !== null && !Array.isArray(object) && object.uid === uidOf(about);
}
