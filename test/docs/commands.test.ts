import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/commands/exit-codes.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { run } from '../../src/commands/run.ts';
import { startCluster } from '../commands/cluster.ts';
import { commandsOf, PAGES, ROOT, read, shellWords } from './pages.ts';

const documented = PAGES.flatMap(commandsOf);
/** They reach out to somebody who is not there, or show a screen until a key is pressed. */
const NOT_RUN = /--(slack|callback|consul|gate|before-pod|after-pod)|^demo|^completion|^operator|^notify/;
const ALSO_TRIED = documented.filter(({ line }) => !NOT_RUN.test(line));

const MANIFEST = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}, annotations: {kubelet.test/start: 1ms, kubelet.test/stop: 20ms}}
    spec: {containers: [{name: app, image: "app:2"}]}
`;

describe('what README and docs tell people to type', () => {
  it('is found', () => {
    expect(documented.length).toBeGreaterThan(15);
  });

  it.each(documented)('$page: kubectl bedrock $line: is understood', ({ line }) => {
    const words = shellWords(line);
    if (words[0] !== 'help') expect(() => parseArgs(words)).not.toThrow();
  });

  it.each(ALSO_TRIED)(
    '$page: kubectl bedrock $line: does it, on a cluster with a rollout held half-way',
    async ({ line }) => {
      const cluster = await startCluster();
      const files = { 'web.yaml': MANIFEST };
      const held = 'rollout web --image app=app:2 --percent 50 --max-unavailable 4 --min-ready 0 --yes';
      expect(await run(shellWords(held), cluster.host())).toBe(EXIT.done);
      const [command = ''] = shellWords(line);
      const asks = ['rollout', 'resume', 'promote', 'rollback', 'hold', 'unhold'].includes(command);
      const host = cluster.host({ files });
      const code = await run([...shellWords(line), ...(asks && !/--help/.test(line) ? ['--yes'] : [])], host);
      // stopped: `rollout` with steps ends at one only with --exit-at-pause, which needs nobody
      expect({ code, said: host.err() }).toEqual({ code: EXIT.done, said: expect.not.stringMatching(/^error/m) });
    },
  );

  it.each(PAGES)('%s: every npm script that it names is there', (page) => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(page).matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]);
    expect(named.filter((name) => name !== undefined && !(name in scripts))).toEqual([]);
  });

  it.each(PAGES)('%s: every page and picture that it links is there', (page) => {
    const linked = [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    expect(linked.filter((path) => !existsSync(join(ROOT, dirname(page), path)))).toEqual([]);
  });
});
