import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/commands/exit-codes.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { run } from '../../src/commands/run.ts';
import { startCluster } from '../commands/cluster.ts';
import { everybody, OUTWARD } from './everybody.ts';
import { commandsOf, PAGES, ROOT, read, shellWords } from './pages.ts';

const documented = PAGES.flatMap(commandsOf);
/** They reach out: to those whom asked() stands in for. */
const REACH_OUT = /--(slack|callback|consul|gate|before-pod|after-pod)|^notify/;
/** They write beside the program, or go on until they are ended: tests of their own run them. */
const NOT_RUN = /^demo|^completion|^operator|^install(?! --dry-run=client)|^uninstall/;
const ALSO_TRIED = documented.filter(({ line }) => !NOT_RUN.test(line) && !REACH_OUT.test(line));
const ASKED = documented.filter(({ line }) => !NOT_RUN.test(line) && REACH_OUT.test(line));

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

  it.each(ASKED)('$page: kubectl bedrock $line: tells and asks those whom it names', async ({ line }) => {
    const cluster = await startCluster({ speed: 20 });
    const around = await everybody(cluster);
    const code = await run([...shellWords(line), ...(line.startsWith('rollout') ? ['--yes'] : [])], around.host);
    expect({ code, said: around.host.err() }).toEqual({ code: EXIT.done, said: expect.not.stringMatching(/^error/m) });
    around.close();
    const images = new Set(cluster.images());
    if (line.startsWith('rollout')) expect(images).toEqual(new Set(['app:2']));
    const told = new Set([
      ...(around.slack.messages.length > 0 ? ['--slack-channel'] : []),
      ...(around.receiver.events().includes('complete') ? ['--callback-url'] : []),
      ...around.asked,
    ]);
    expect([...told]).toEqual(expect.arrayContaining(OUTWARD.filter((flag) => shellWords(line).includes(flag))));
  });

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
