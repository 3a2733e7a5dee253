import { expect, it } from 'vitest';
import { kubeletSlips } from '../e2e/chaos/kubelet-slips.ts';

const deleted = (pod: string) => JSON.stringify({ level: 'INFO', msg: 'Delete pod', pod, node: 'node-2' });
const failed = (pod: string, stage = 'pod-is-gone') =>
  JSON.stringify({ level: 'ERROR', msg: 'failed to apply stage', pod, stage, err: 'connection refused' });

it('finds deletions that were tried again, by name', () => {
  const log = [deleted('a/web-1'), failed('a/web-1'), failed('a/web-1'), deleted('a/web-1'), deleted('a/web-1')];
  expect(kubeletSlips(log.join('\n'), 'a')).toEqual(['web-1']);
});

it('takes no other failure, other pod or other namespace for one', () => {
  const log = [
    failed('a/web-1', 'pod-is-ready'),
    deleted('a/web-1'),
    failed('a/web-2'),
    failed('b/web-3'),
    deleted('b/web-3'),
  ];
  expect(kubeletSlips(log.join('\n'), 'a')).toEqual([]);
});

it('lives with lines that are no entries', () => {
  expect(kubeletSlips(`starting\n\n{"msg":"Delete p`, 'a')).toEqual([]);
});
