import { byIntent, editAndExecute } from './edit.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';

/** Goes on in whichever direction it went. */
export function resume(op: Extract<Op, { command: 'resume' }>, host: Host): Promise<number> {
  return editAndExecute(op, host, byIntent({ kind: 'resume' }, host.user));
}
