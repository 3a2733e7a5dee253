import { byIntent, justEdit } from './edit.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';

export function pause(op: Extract<Op, { command: 'pause' }>, host: Host): Promise<number> {
  return justEdit(op, host, byIntent({ kind: 'pause' }, host.user));
}
