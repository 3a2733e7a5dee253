import { byIntent, justEdit } from './edit.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';

export function speed(op: Extract<Op, { command: 'speed' }>, host: Host): Promise<number> {
  return justEdit(op, host, byIntent({ kind: 'speed', maxUnavailable: op.maxUnavailable }, host.user));
}
