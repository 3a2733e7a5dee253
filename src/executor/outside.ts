import { proxyOf } from '../cluster/proxy.ts';
import { HttpOutside } from '../gates/http.ts';
import type { Outside } from '../gates/outside.ts';

/** The real world, through the proxies that this process is told of. */
export function realOutside(): Outside {
  return new HttpOutside(process.env, (url) => proxyOf(url, process.env));
}
