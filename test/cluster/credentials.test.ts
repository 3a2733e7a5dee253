import { expect, it } from 'vitest';
import { Credentials, type Secrets } from '../../src/cluster/credentials.ts';

const secretsOf = (token: string): Secrets => ({
  headers: { authorization: token },
  tls: { ca: undefined, cert: undefined, key: undefined },
});

it('what is on its way when a token is refused is not taken for a new one', async () => {
  const answers: ((secrets: Secrets) => void)[] = [];
  let renewals = 0;
  const credentials = new Credentials({
    read: () => new Promise((resolve) => answers.push(resolve)),
    renew: () => renewals++,
  });
  const early = credentials.get();
  // a call of before was refused, and the plugin is asked anew while its last answer is still to come
  credentials.refused(0);
  const retried = credentials.get();
  answers[0]?.(secretsOf('old'));
  answers[1]?.(secretsOf('new'));
  expect(await early).toEqual({ secrets: secretsOf('old'), version: 0 });
  expect(await retried).toEqual({ secrets: secretsOf('new'), version: 1 });
  expect(await credentials.get()).toEqual({ secrets: secretsOf('new'), version: 1 });
  // the one with the old token is refused too, and that says nothing of the new one
  credentials.refused(0);
  expect((await credentials.get()).secrets).toEqual(secretsOf('new'));
  expect([answers.length, renewals]).toEqual([2, 1]);
});
