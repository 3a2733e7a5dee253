import { expect, it } from 'vitest';
import { StatusWriter } from '../../src/executor/status-writer.ts';
import { status } from '../rollout/builders.ts';

const before = status();
const paused = status({ phase: 'Paused', reason: 'Requested' });

it('is due a second after the last write where people wait for it, later where details changed, else never', () => {
  const writer = new StatusWriter(before);
  writer.wrote(before, 5_000);
  expect(writer.dueAt(before)).toBeNull();
  expect(writer.dueAt(paused)).toBe(6_000);
  expect(writer.dueAt({ ...before, progress: 2 })).toBe(15_000);
});

it('stays due where a write was refused or nobody answered', () => {
  const writer = new StatusWriter(before);
  writer.failed(5_000);
  expect(writer.dueAt(paused)).toBe(6_000);
  expect(writer.dueAt(before)).toBeNull();
});
