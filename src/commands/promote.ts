import { byIntent, editAndExecute } from './edit.ts';
import type { Host } from './host.ts';
import type { Op } from './op.ts';

export function promote(op: Extract<Op, { command: 'promote' }>, host: Host): Promise<number> {
  const { percent } = op;
  return editAndExecute(op, host, byIntent({ kind: 'promote', ...(percent === null ? {} : { percent }) }, host.user));
}
