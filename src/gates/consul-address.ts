import type { Outside, OutsideTls } from './outside.ts';

/** Where Consul is, and as whom it is asked. */
export interface ConsulAddress {
  /** Without a slash at its end. */
  base: string;
  headers: Record<string, string>;
  tls: OutsideTls;
}

const DEFAULT_ADDRESS = '127.0.0.1:8500';

/**
 * From the variables that Consul's own programs read (hashicorp/consul: api/api.go). Never from the record: whoever can
 * edit that must not be able to have our token sent to them.
 * @throws Error, in words for people, where a variable cannot be used or a file that it names not be read
 */
export async function consulAddress({ env, readFile }: Pick<Outside, 'env' | 'readFile'>): Promise<ConsulAddress> {
  const fileOf = async (name: string) => {
    const path = env[name];
    if (!path) return undefined;
    return readFile(path).catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const [ca, cert, key, tokenFile] = await Promise.all(
    ['CONSUL_CACERT', 'CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY', 'CONSUL_HTTP_TOKEN_FILE'].map(fileOf),
  );
  const token = env.CONSUL_HTTP_TOKEN || tokenFile?.trim();
  const serverName = env.CONSUL_TLS_SERVER_NAME;
  return {
    base: baseOf(env.CONSUL_HTTP_ADDR || DEFAULT_ADDRESS, isTrue(env.CONSUL_HTTP_SSL)),
    headers: token ? { 'x-consul-token': token } : {},
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName ? { serverName } : {}),
      ...(env.CONSUL_HTTP_SSL_VERIFY !== undefined && !isTrue(env.CONSUL_HTTP_SSL_VERIFY) ? { skipVerify: true } : {}),
    },
  };
}

function baseOf(address: string, ssl: boolean): string {
  if (address.startsWith('unix:'))
    throw new Error('CONSUL_HTTP_ADDR: a unix socket cannot be used, only http and https');
  const text = address.includes('://') ? address : `${ssl ? 'https' : 'http'}://${address}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error('CONSUL_HTTP_ADDR is not an address such as 127.0.0.1:8500 or https://consul.example.com');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`CONSUL_HTTP_ADDR: ${url.protocol}// cannot be used, only http and https`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(1|t|true)$/i.test(text);
}
