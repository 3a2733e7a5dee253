import type { Outside, OutsideTls } from './outside.ts';

/** As whom a Prometheus is asked. */
export interface PrometheusAccess {
  headers: Record<string, string>;
  tls: OutsideTls;
  /** Why we are nobody there, for people; null where we are somebody, or have nothing to show. */
  without: string | null;
}

const WHERE = 'PROMETHEUS_URL';

/**
 * From the environment of whoever executes: PROMETHEUS_TOKEN (or PROMETHEUS_TOKEN_FILE), or PROMETHEUS_USERNAME and
 * PROMETHEUS_PASSWORD. They are sent to the origin of PROMETHEUS_URL and nowhere else: the address of a gate stands in
 * the record, and whoever can edit that must not be able to have our token sent to them.
 * @param address of the gate
 * @throws Error, in words for people, where a variable cannot be used or a file that it names not be read
 */
export async function prometheusAccess(
  { env, readFile }: Pick<Outside, 'env' | 'readFile'>,
  address: string,
): Promise<PrometheusAccess> {
  const fileOf = async (name: string) => {
    const path = env[name];
    if (!path) return undefined;
    return readFile(path).catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  const [ca, tokenFile] = await Promise.all(['PROMETHEUS_CACERT', 'PROMETHEUS_TOKEN_FILE'].map(fileOf));
  const tls = ca === undefined ? {} : { ca };
  const authorization = authorizationOf(env, tokenFile?.trim());
  if (authorization === null) return { headers: {}, tls, without: null };
  const where = env[WHERE];
  if (!where) return { headers: {}, tls, without: `${WHERE} does not say to whom the credentials may be shown` };
  if (originOf(where) !== new URL(address).origin)
    return { headers: {}, tls, without: `the credentials are for ${originOf(where)} (${WHERE}), not for this address` };
  return { headers: { authorization }, tls, without: null };
}

function authorizationOf(env: Outside['env'], tokenFile: string | undefined): string | null {
  const token = env.PROMETHEUS_TOKEN || tokenFile;
  if (token) return `Bearer ${token}`;
  const { PROMETHEUS_USERNAME: user, PROMETHEUS_PASSWORD: password } = env;
  if (!user) return null;
  return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
}

function originOf(text: string): string {
  try {
    return new URL(text).origin;
  } catch {
    throw new Error(`${WHERE} is not an address such as https://prometheus.example.com`);
  }
}
