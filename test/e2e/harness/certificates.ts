import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** The users of a control plane of ours, all of system:masters; `admin` is the tests' own. */
export const USERS = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;
export type User = (typeof USERS)[number];

/**
 * Writes into `directory` all that the parts need to trust each other: ca.crt, {apiserver,kubelet,kubelet-client}.{crt,key},
 * sa.{pub,key} and tokens.csv. With a library instead of openssl, whose flags differ between its forks.
 * @returns the tokens
 */
export async function writeCredentials(directory: string): Promise<Record<User, string>> {
  const write = (name: string, text: string) => writeFile(join(directory, name), text, { mode: 0o600 });
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 365 * 24 * 3600_000),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'bedrock-e2e' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const ca = { key: authority.private, cert: authority.cert };
  await write('ca.crt', ca.cert);
  const server = async (name: string) => {
    const pair = await generate([{ name: 'commonName', value: name }], {
      ...common,
      ca,
      extensions: [
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 2, value: 'kubernetes.default.svc' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    await write(`${name}.crt`, pair.cert);
    await write(`${name}.key`, pair.private);
  };
  await server('apiserver');
  await server('kubelet');
  const client = await generate(
    [
      { name: 'organizationName', value: 'system:masters' },
      { name: 'commonName', value: 'kubelet-client' },
    ],
    { ...common, ca, extensions: [{ name: 'extKeyUsage', clientAuth: true }] },
  );
  await write('kubelet-client.crt', client.cert);
  await write('kubelet-client.key', client.private);
  const account = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await write('sa.pub', account.publicKey);
  await write('sa.key', account.privateKey);
  const token = () => randomBytes(16).toString('hex');
  const tokens: Record<User, string> = {
    admin: token(),
    'kube-controller-manager': token(),
    'kube-scheduler': token(),
    kwok: token(),
  };
  await write('tokens.csv', USERS.map((user) => `${tokens[user]},${user},${user},"system:masters"\n`).join(''));
  return tokens;
}
