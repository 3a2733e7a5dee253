import { z } from 'zod';

// What may stand in a kubeconfig, as far as types go (client-go: tools/clientcmd/api/v1/types.go). Loose: what we do
// not know is the business of others.

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const flag = z.boolean().nullish();

const cluster = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
});

const exec = z.looseObject({
  apiVersion: text,
  command: z.string(),
  args: texts,
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
});

const user = z.looseObject({
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  as: text,
  'as-uid': text,
  'as-groups': texts,
  exec: exec.nullish(),
  'auth-provider': z.looseObject({ name: z.string(), config: z.looseObject({}).nullish() }).nullish(),
});

const context = z.looseObject({ cluster: text, user: text, namespace: text });

const kubeconfigShape = z.looseObject({
  'current-context': text,
  clusters: z.array(z.looseObject({ name: z.string(), cluster: cluster.nullish() })).nullish(),
  contexts: z.array(z.looseObject({ name: z.string(), context: context.nullish() })).nullish(),
  users: z.array(z.looseObject({ name: z.string(), user: user.nullish() })).nullish(),
});

/**
 * What is wrong with the types of a kubeconfig, as "contexts.0.context.namespace: expected string"; null where nothing
 * is. Names places, never what stands there: that may be a token.
 */
export function wrongInKubeconfig(raw: unknown): string | null {
  const parsed = kubeconfigShape.safeParse(raw);
  if (parsed.success) return null;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') || 'the file';
  return `${place}: ${issue?.code === 'invalid_type' ? `expected ${issue.expected}` : 'not understood'}`;
}
