/**
 * The embedded cluster: the API of Kubernetes as far as rollouts meet it, with the real rules of the StatefulSet and
 * disruption controllers, a scheduler and kubelets; deterministic in virtual time, or served over HTTPS in real time.
 *
 *     const clock = new VirtualClock();
 *     const simulator = new Simulator({ seed: 7, version: '1.37', clock });
 *     simulator.create({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web' }, spec: ... });
 *     const api = simulator.api('alice');              // the Api of cluster/api.ts: latency, late watches, faults
 *     await clock.run(clock.now() + 60_000, () => simulator.pods().length === 3);
 *
 * - `VirtualClock`: `run(untilMs, enough?)`, `step()`. Nothing moves unless one of these is awaited; between two events
 *   all promises settle. Client code must wait by `api.clock` only.
 * - `simulator.server`: the rules without latency (`store`, `access.deny(rule)`, `admission.push(refuse)`).
 * - `simulator.set(name)`, `pods()`: the truth of this moment. Objects are frozen and shared.
 * - `simulator.history`: `writes` (who, what, before, after), `pods` (each incarnation), `onWrite(check)`.
 * - `simulator.faults`: `rates` (drawn by the seed), `next('lost-after', matches)`, `breakWatches('cut')`, `stop()`.
 * - `simulator.kubelet`: `crash(namespace, pod)`, `fail(namespace, pod)`, `hurry(true)`; `simulator.nodes`: `drain`, `cordon`, `kill`, `revive`.
 * - `serve({ seed, version })` runs one in real time over HTTPS and answers { simulator, kubeconfig, url, close }.
 * - What a pod does is told by its image's tag (`bad`, `never`, `crash`) and annotations (`kubelet.test/start`, `stop`,
 *   `crash-after`, `back-off`, `flap` (Ready for so long at a time) and `flap-for` (and then not, for so long): Go
 *   durations, or two with `..` between them for a span; `unready: "true"`). More than 64 CPU is unschedulable.
 */
export { RealClock, type SimulatorClock, VirtualClock } from './clock.ts';
export type { Version } from './defaults.ts';
export type { FaultRates, RequestFault, WatchFault } from './faults.ts';
export type { Incarnation, Write } from './history.ts';
export type { ApiObject } from './objects.ts';
export { Random } from './random.ts';
export type { CelEvaluator } from './schema-validation.ts';
export { type Served, serve } from './serve.ts';
export { Simulator, type SimulatorOptions } from './simulator.ts';
export { StatusError } from './status.ts';
