import type { ServiceFacts } from '../rollout/gate-facts.ts';
import type { PodObservation } from '../rollout/observation.ts';
import type { Instance, ServiceAnswer } from './consul.ts';

/** What must be remembered of one pod and one service. */
interface Standing {
  /** Since when it passes without a break; null where it does not. */
  passingSince: number | null;
  /** It has passed for as long as asked, once. */
  passed: boolean;
}

/**
 * What the instances of a service say of the pods of a set. An instance is a pod's by the uid that it was registered
 * with, or else by its address: never by a name alone, since the previous pod of that name may be registered still, and
 * passing (hashicorp/consul-k8s#1817, #2085).
 */
export class ServiceJudge {
  readonly #namespace: string;
  readonly #soakMs: number;
  /** By uid and service. */
  #standings = new Map<string, Standing>();
  /** The addresses of pods that are gone, by name. */
  #before = new Map<string, Set<string>>();
  #last = new Map<string, { uid: string; ip: string }>();
  /** Services that have answered once: who passes in the first answer has done so for as long as it is Ready. */
  #known = new Set<string>();

  /** Instances that bear the name of a pod of ours, beside its own, from the start: of another cluster. */
  readonly #strangers = new Set<string>();

  constructor(namespace: string, soakMs: number) {
    this.#namespace = namespace;
    this.#soakMs = soakMs;
  }

  /** @returns the facts, and when they will change by the clock alone (null: never) */
  judge(
    pods: readonly PodObservation[],
    answers: ReadonlyMap<string, ServiceAnswer>,
    now: number,
  ): { facts: ServiceFacts; changesAt: number | null } {
    this.#rememberAddresses(pods);
    for (const [service, answer] of answers) {
      if (!('unknown' in answer) && !this.#known.has(service)) this.#findStrangers(pods, answer.instances);
    }
    const standings = new Map<string, Standing>();
    const facts: ServiceFacts = { passing: 0, waiting: [] };
    let changesAt: number | null = null;
    for (const pod of pods) {
      let worst: ServiceFacts['waiting'][number] | null = null;
      for (const [service, answer] of answers) {
        const key = `${pod.uid} ${service}`;
        const standing = this.#standing(pod, key, service, answer, now);
        standings.set(key, standing);
        const words = this.#words(pod, service, answer, standing, now);
        if (words === null) continue;
        if (worst === null || words.verdict === 'unknown') worst = { pod: pod.name, uid: pod.uid, ...words };
        if (standing.passingSince !== null) {
          const at = standing.passingSince + this.#soakMs;
          if (at > now) changesAt = Math.min(changesAt ?? at, at);
        }
      }
      if (worst !== null) facts.waiting.push(worst);
      else if (!pod.deleting) facts.passing++;
    }
    for (const [service, answer] of answers) {
      if ('unknown' in answer) facts.unknown ??= answer.unknown;
      else this.#known.add(service);
    }
    this.#standings = standings;
    return { facts, changesAt };
  }

  #standing(pod: PodObservation, key: string, service: string, answer: ServiceAnswer, now: number): Standing {
    const before = this.#standings.get(key) ?? { passingSince: null, passed: false };
    // nobody saw whether it passed meanwhile: what was not through begins anew
    if ('unknown' in answer) return this.#soaked(before, now) ? before : { ...before, passingSince: null };
    const own = answer.instances.filter((instance) => isOf(instance, pod));
    const passes = own.some(({ health }) => health === 'passing') && this.#lingering(pod, answer.instances) === null;
    if (!passes) return { passingSince: null, passed: before.passed };
    const first = !this.#known.has(service) && pod.readySince !== null ? pod.readySince : now;
    const passingSince = before.passingSince ?? first;
    const standing = { passingSince, passed: before.passed };
    return { passingSince, passed: before.passed || this.#soaked(standing, now) };
  }

  #soaked({ passingSince }: Standing, now: number): boolean {
    return passingSince !== null && now - passingSince >= this.#soakMs;
  }

  #words(
    pod: PodObservation,
    service: string,
    answer: ServiceAnswer,
    standing: Standing,
    now: number,
  ): { verdict: 'fail' | 'unknown'; words: string } | null {
    if ('unknown' in answer) {
      return standing.passingSince !== null
        ? null
        : { verdict: 'fail', words: `service ${service}: not known to pass in Consul` };
    }
    const old = this.#lingering(pod, answer.instances);
    if (old !== null)
      return { verdict: 'fail', words: `service ${service}: waiting for deregistration of ${old.address} from Consul` };
    const own = answer.instances.filter((instance) => isOf(instance, pod));
    const [instance] = own;
    if (instance === undefined) {
      // it was there, and the pod is well: an agent that restarts loses all of its node's instances at once
      return standing.passed && pod.ready && !pod.deleting
        ? { verdict: 'unknown', words: `service ${service}: its instance has vanished from Consul` }
        : { verdict: 'fail', words: `service ${service}: not registered in Consul at ${pod.ip ?? 'its address'}` };
    }
    if (standing.passingSince === null) {
      const said = instance.output === '' ? '' : ` (${instance.output})`;
      return { verdict: 'fail', words: `service ${service}: ${instance.health} in Consul${said}` };
    }
    if (this.#soaked(standing, now)) return null;
    return {
      verdict: 'fail',
      words: `service ${service}: passing in Consul, and must stay so for ${this.#soakMs / 1000}s`,
    };
  }

  /** An instance of the pod that had this name before, that Consul still sends callers to. */
  #lingering(pod: PodObservation, instances: readonly Instance[]): Instance | null {
    const addresses = this.#before.get(pod.name);
    const old = instances.find((instance) => {
      if (instance.health !== 'passing' || isOf(instance, pod)) return false;
      if (this.#strangers.has(identity(instance))) return false;
      const { 'pod-name': name, 'k8s-namespace': namespace = this.#namespace } = instance.meta;
      if (name !== undefined) return name === pod.name && namespace === this.#namespace;
      return addresses?.has(instance.address) ?? false;
    });
    return old ?? null;
  }

  #findStrangers(pods: readonly PodObservation[], instances: readonly Instance[]): void {
    for (const pod of pods) {
      const own = instances.some((instance) => isOf(instance, pod) && instance.health === 'passing');
      if (!own || !pod.ready) continue;
      for (const instance of instances) {
        if (instance.meta['pod-name'] === pod.name && !isOf(instance, pod)) this.#strangers.add(identity(instance));
      }
    }
  }

  #rememberAddresses(pods: readonly PodObservation[]): void {
    const taken = new Set(pods.flatMap(({ ip }) => ip ?? []));
    for (const pod of pods) {
      const last = this.#last.get(pod.name);
      if (last !== undefined && last.uid !== pod.uid) {
        this.#before.set(pod.name, new Set([...(this.#before.get(pod.name) ?? []), last.ip]));
        this.#last.delete(pod.name);
      }
      if (pod.ip !== null) this.#last.set(pod.name, { uid: pod.uid, ip: pod.ip });
    }
    // an address that another pod of the set has by now says nothing of who is gone
    for (const addresses of this.#before.values()) for (const ip of taken) addresses.delete(ip);
  }
}

function isOf(instance: Instance, pod: PodObservation): boolean {
  const uid = instance.meta['pod-uid'];
  if (uid !== undefined) return uid === pod.uid;
  return pod.ip !== null && instance.address === pod.ip;
}

function identity({ node, id, address }: Instance): string {
  return `${node} ${id} ${address}`;
}
