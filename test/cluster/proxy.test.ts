import { describe, expect, it } from 'vitest';
import { proxyOf } from '../../src/cluster/proxy.ts';

const HTTPS_PROXY = 'http://proxy:3128';

describe('proxyOf', () => {
  it.each([
    ['https://k.example.com', '', HTTPS_PROXY],
    ['http://k.example.com', '', null],
    ['https://127.0.0.1:6443', '', null],
    ['https://localhost:6443', '', null],
    ['https://[::1]:6443', '', null],
    ['https://k.example.com', '*', null],
    ['https://k.example.com', 'example.com', null],
    ['https://k.example.com', '.example.com', null],
    ['https://example.com', '.example.com', HTTPS_PROXY],
    ['https://example.com', 'example.com', null],
    ['https://notexample.com', 'example.com', HTTPS_PROXY],
    ['https://k.example.com:6443', 'example.com:6443', null],
    ['https://k.example.com', 'example.com:6443', HTTPS_PROXY],
    ['https://10.1.2.3', 'a, 10.0.0.0/8', null],
    ['https://11.1.2.3', '10.0.0.0/8', HTTPS_PROXY],
    ['https://10.1.2.3', '10.1.2.3', null],
    ['https://[fd00::1]:6443', 'fd00::/8', null],
    ['https://[fd00::1]:6443', 'fd00::1', null],
    ['https://[fd00::1]:6443', '[fd00::1]:6443', null],
    ['https://10.1.2.3', '10.0.0.0/99', HTTPS_PROXY],
  ])('%s with NO_PROXY=%s: %s', (server, noProxy, expected) => {
    expect(proxyOf(server, { HTTPS_PROXY, NO_PROXY: noProxy })).toBe(expected);
  });

  it('reads lower-case names, and an address without a scheme', () => {
    expect(proxyOf('https://k', { https_proxy: 'proxy:1' })).toBe('http://proxy:1');
    expect(proxyOf('https://k', {})).toBeNull();
  });
});
