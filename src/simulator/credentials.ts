import { randomBytes } from 'node:crypto';
import { generate } from 'selfsigned';

export interface ServerCredentials {
  key: string;
  certificate: string;
  /** The bearer token of the user in the kubeconfig. */
  token: string;
}

/** A certificate for 127.0.0.1 that signs itself, and a token; both for one run. */
export async function createCredentials(): Promise<ServerCredentials> {
  const day = 86_400_000;
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'kubectl-bedrock simulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 30 * day),
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { key, certificate: cert, token: randomBytes(24).toString('hex') };
}

/** A kubeconfig that holds all it needs. JSON is YAML. */
export function kubeconfigOf(url: string, { certificate, token }: ServerCredentials): string {
  const name = 'simulator';
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(certificate).toString('base64') } },
      ],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name, context: { cluster: name, user: 'admin', namespace: 'default' } }],
      'current-context': name,
    },
    null,
    2,
  )}\n`;
}
