import type { ApiRequest } from '../../src/cluster/api.ts';
import type { Write } from '../../src/simulator/index.ts';
import { type PodFacts, podFacts, setFacts } from './facts.ts';
import { kindOfWrite } from './requests.ts';
import type { RequestKind } from './schedule.ts';
import type { Violation } from './watchdog.ts';
import type { World } from './world.ts';

/** The story of one schedule in lines, for whoever replays it. */
export class Trace {
  readonly lines: string[] = [];
  #began = 0;

  constructor(
    private readonly on: boolean,
    private readonly world: World,
  ) {}

  begin(): void {
    this.#began = this.world.clock.now();
  }

  say(who: string, words: string): void {
    if (!this.on) return;
    const at = ((this.world.clock.now() - this.#began) / 1000).toFixed(3).padStart(9);
    this.lines.push(`${at}  ${who.padEnd(10)} ${words}`);
  }

  sent(who: string, kind: RequestKind, { method, path }: ApiRequest): void {
    if (this.on && kind !== 'read') this.say(who, `sends ${kind}: ${method} ${path.split('/').slice(-2).join('/')}`);
  }

  violation({ invariant, message }: Violation): void {
    this.say('VIOLATION', `${invariant}: ${message}`);
  }

  wrote(write: Write): void {
    if (!this.on) return;
    const who = write.user.split(':').at(-1) ?? write.user;
    if (write.resource.plural === 'statefulsets' && write.after !== null) this.say(who, setWords(write));
    else if (write.resource.plural === 'pods') this.say(who, `${write.verb} ${podWords(write)}`);
    else if (write.resource.plural === 'leases') this.say(who, `lease: ${JSON.stringify(write.after?.spec)}`);
  }

  pods(): string {
    return this.world.simulator
      .pods()
      .map((pod) => words(podFacts(pod)))
      .join(' ');
  }
}

function setWords(write: Write): string {
  if (write.after === null) return 'gone';
  const { type, partition, generation, observedGeneration, replicas, status, ...set } = setFacts(write.after);
  const what = write.subresource === 'status' ? 'status' : (kindOfWrite(write) ?? 'set');
  const led = status?.led == null ? '' : ` led ${status.led.pod}`;
  return (
    `${what}: ${type}/${partition ?? '-'} generation ${observedGeneration}/${generation}, ${replicas} replicas, ` +
    `${set.currentRevision} -> ${set.updateRevision}, ${status?.direction ?? ''} ${status?.phase ?? ''} ${status?.reason ?? ''}${led}`
  );
}

function podWords({ before, after }: Write): string {
  const pod = after ?? before;
  if (pod === null) return '';
  return after === null ? `${words(podFacts(pod))}: gone` : words(podFacts(pod));
}

function words({ name, uid, revision, ready, going }: PodFacts): string {
  return `${name}@${revision.split('-').at(-1)}#${uid.slice(0, 4)}${ready ? '' : ' not ready'}${going ? ' going' : ''}`;
}
