import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Who holds a Lease: readable, unique per holder, and telling enough that another process of the same machine can see
 * that this one is dead. "alice@laptop/4711/<boot id>/<pid namespace>/<start>/<random>"
 */
export function newIdentity(user: string): string {
  const own = procStat(process.pid);
  const place = placeOf();
  return [
    user.replaceAll('/', '-'),
    process.pid,
    place?.boot ?? '',
    place?.pids ?? '',
    own?.start ?? '',
    randomBytes(3).toString('hex'),
  ].join('/');
}

/** For people: "alice@laptop (pid 4711)". An identity of another form is shown as it is. */
export function holderName(identity: string): string {
  const [user = '', pid = '', ...rest] = identity.split('/');
  return rest.length > 0 && /^\d+$/.test(pid) ? `${user} (pid ${pid})` : identity;
}

/**
 * Whether this holder was a process of this very machine (same boot, same pid namespace) that runs no more. `false`
 * where nothing is known of it.
 */
export function isDeadHere(identity: string): boolean {
  const [, pid = '', boot = '', pids = '', start = ''] = identity.split('/');
  const place = placeOf();
  if (!place || boot === '' || boot !== place.boot || pids !== place.pids || start === '' || !/^\d+$/.test(pid))
    return false;
  const found = procStat(Number(pid));
  // its pid may have been given to another process since; and a zombie does nothing any more
  return found === null || found.start !== start || found.state === 'Z' || found.state === 'X';
}

/** Linux only; null elsewhere. */
function placeOf(): { boot: string; pids: string } | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const pids = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
    return { boot, pids };
  } catch {
    return null;
  }
}

/** proc(5): the name, in parentheses, may hold anything; state is the 3rd field, the start time the 22nd. */
function procStat(pid: number): { state: string; start: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return null;
  }
}
