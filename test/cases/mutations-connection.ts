import type { Mutation } from './mutations.ts';

/** D23 to D28: the way to the API server, other executors, signals, terminals, and where. */
export const CONNECTION_MUTATIONS: readonly Mutation[] = [
  {
    case: 'D23',
    without: 'after a silence a fresh list goes before the next write',
    file: 'src/cluster/list-watch.ts',
    search: 'if (!silent && !this.#suspect) return true;',
    replacement: 'if (this.#version !== null) return true;',
  },
  {
    case: 'D23',
    without: 'nothing is written on a picture from before a break',
    file: 'src/executor/hands.ts',
    search: 'this.#host.ended() || !this.cache.fresh || !this.#lease.mayWrite()',
    replacement: 'this.#host.ended() || !this.#lease.mayWrite()',
  },
  {
    case: 'D23',
    without: 'a server that ends every watch at once is not asked without a pause',
    file: 'src/cluster/list-watch.ts',
    search: 'if (this.#livedMs < LIVED_MS) await',
    replacement: 'if (this.#livedMs < 0) await',
  },
  {
    case: 'D24',
    without: 'after a 410 it is listed anew',
    file: 'src/cluster/list-watch.ts',
    search: "this.#version = '';\n      this.#interrupt('connecting'",
    replacement: "this.#interrupt('connecting'",
  },
  {
    case: 'D24',
    without: 'a list whose pages expired is read once more, in one piece',
    file: 'src/cluster/list.ts',
    search: 'if (!(error instanceof ContinueExpired)) throw error;',
    replacement: 'if (error !== null) throw error;',
  },
  {
    case: 'D24',
    without: 'it backs off where every stream is broken',
    file: 'src/cluster/list-watch.ts',
    search: 'BACK_OFF_MS.least * 2 ** this.#failures)',
    replacement: 'BACK_OFF_MS.least)',
  },
  {
    case: 'D25',
    without: 'a Lease that was not renewed can be taken',
    file: 'src/cluster/lease-sight.ts',
    search: 'if (at - this.#seen.at > seconds * 1000) return false;',
    replacement: 'if (at - this.#seen.at > seconds * 1_000_000) return false;',
  },
  {
    case: 'D25',
    without: 'evictions name the uid of the pod that is meant',
    file: 'src/cluster/writes.ts',
    search: 'const deleteOptions = { preconditions: { uid }, ',
    replacement: 'const deleteOptions = { preconditions: {}, ',
  },
  {
    case: 'D26',
    without: 'the fence of evictions already accepted is seen through',
    file: 'src/executor/hands.ts',
    search: "return !this.#host.stopping() || ['fence', 'raise', 'detour', 'finish'].includes(action.what);",
    replacement: 'return !this.#host.stopping();',
  },
  {
    case: 'D26',
    without: 'a script sees by which signal it ended',
    file: 'src/commands/run-session.ts',
    search: 'return EXIT[cut.signal];',
    replacement: 'return EXIT.done;',
  },
  {
    case: 'D27',
    without: 'it is asked whether both ends are a terminal',
    file: 'src/commands/output.ts',
    search: 'return stdin.isTTY === true && stdout.isTTY === true;',
    replacement: 'return stdin.isTTY !== null && stdout.isTTY !== null;',
  },
  {
    case: 'D28',
    without: "the context's own namespace is taken",
    file: 'src/cluster/kubeconfig.ts',
    search: "flags.namespace || context?.namespace?.trim() || 'default'",
    replacement: "flags.namespace || 'default'",
  },
];
