import { BlockList, isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which kubectl would reach `server`, by Go's rules (net/http ProxyFromEnvironment): HTTPS_PROXY or
 * HTTP_PROXY by scheme, NO_PROXY with names, .suffixes, addresses, CIDRs and ports, and never for a loopback address.
 */
export function proxyOf(server: string, environment: Environment): string | null {
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = environment[name] || environment[name.toLowerCase()];
  if (!proxy) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isLoopback(host)) return null;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const exceptions = (environment.NO_PROXY || environment.no_proxy || '').split(',');
  if (exceptions.some((exception) => covers(exception.trim().toLowerCase(), host, port))) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function covers(exception: string, host: string, port: string): boolean {
  if (exception === '') return false;
  if (exception === '*') return true;
  if (exception.includes('/')) return inSubnet(exception, host);
  const [, name = exception, wantedPort] = /^(?:\[(?=.*\]))?([^\]]*?)\]?(?::(\d+))?$/.exec(splitPort(exception)) ?? [];
  if (wantedPort && wantedPort !== port) return false;
  if (isIP(host) !== 0) return name === host;
  const suffix = name.replace(/^\*?\./, '');
  // ".example.com" means its subdomains only, "example.com" itself as well
  return host.endsWith(`.${suffix}`) || (!/^\*?\./.test(name) && host === suffix);
}

/** An IPv6 address without brackets has colons, but no port. */
function splitPort(exception: string): string {
  return isIP(exception) === 6 ? `[${exception}]` : exception;
}

function inSubnet(cidr: string, host: string): boolean {
  const [network = '', bits = ''] = cidr.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(host) !== isIP(network) || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
