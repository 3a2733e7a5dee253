import { expect, it } from 'vitest';
import { openShell } from './shell.ts';

/** Lines that were there before; the last of them stand right above the prompt that starts the program. */
const BEFORE = Array.from({ length: 40 }, (_, index) => `before ${index + 1}`);

it('a whole rollout by keys, and the scrollback is what it was', { timeout: 240_000 }, async () => {
  await using shell = await openShell({ pods: 70, width: 100, height: 30 });
  const { terminal } = shell;
  const before = await terminal.state();
  await shell.run(`seq -f 'before %g' ${BEFORE.length}`);
  await terminal.shows(/before 40\n\$ ?\n/);
  await shell.run('kubectl-bedrock rollout sts/web --image app=app:2 --max-unavailable 1 --min-ready 0');

  await terminal.shows(/enter start/);
  await terminal.press('Enter');
  await terminal.shows(/[1-9] of 70 updated/);
  expect((await terminal.state()).alternateScreen).toBe(true);

  await terminal.press('Space');
  await terminal.shows(/PAUSED by/);
  // three presses in quick succession are three steps
  await terminal.press('+', '+', '+');
  await terminal.shows(/4 at once/);

  // 70 pods are a grid by themselves
  await terminal.shows(/^ {2}79 .*\n {2}59 .*\n {2}39 .*\n {2}19 /m);
  await terminal.press('z', 'z');
  await terminal.shows(/POD +REV +STATE/);
  // in one go, as a slow line brings it
  await terminal.type('/7');
  await terminal.shows(/enter keep, esc all/);
  await terminal.press('Enter');
  await terminal.shows(/\/7: 1 of 70 pods/);
  await terminal.press('Enter');
  await terminal.shows(/why not now {2}the rollout rests/);
  await terminal.shows(/containers +app: running/);
  await terminal.press('l');
  await terminal.shows(/log of app, live/);

  // a storm of sizes, too small ones among them; then as it was
  for (const [width, height] of SIZES) await terminal.resize(width, height);
  await terminal.resize(100, 30);
  await terminal.press('Escape');
  await terminal.shows(/why not now/);
  await terminal.press('Escape');
  await terminal.shows(/\/7: 1 of 70 pods/);
  await terminal.press('Escape', 'f');
  // the frame is as high as the window, and whole once the last size has been drawn
  const calm = await terminal.shows(
    /^sts\/web {2}default .*executing here · live\n(?:.*\n){28}space go on .*q leave held\n*$/,
  );
  expect(calm).toMatch(/POD +REV +STATE/);
  expect(calm.match(/sts\/web/g)).toHaveLength(1);

  await terminal.press('C-z');
  await terminal.shows(/Stopped/);
  expect((await terminal.state()).alternateScreen).toBe(false);
  await shell.run('fg');
  await terminal.shows(/^space go on .*q leave held$/m);
  expect((await terminal.state()).alternateScreen).toBe(true);

  await terminal.press('Space');
  await terminal.shows(/on the way/);
  await terminal.press('r');
  await terminal.shows(/Roll back to the version from before\? It restarts \d+ pods/);
  await terminal.press('y');
  await terminal.shows(/rolled back: 70 pods/);
  await terminal.shows(/^\$ ?$/m);
  expect(await terminal.state()).toEqual(before);
  expect(shell.images()).toEqual(['app:1']);

  const all = (await terminal.screen({ scrollback: true })).split('\n');
  const from = all.indexOf('before 1');
  expect(all.slice(from, from + BEFORE.length)).toEqual(BEFORE);
  // after it: the prompt with the command, the summary, and nothing of the screen
  expect(all.slice(from + BEFORE.length).join('\n')).not.toMatch(/on the way|POD +REV/);
});

const SIZES = [
  [80, 24],
  [40, 8],
  [160, 45],
  [60, 16],
  [20, 4],
  [120, 12],
  [90, 50],
  [61, 17],
] as const;

it('q leaves it held, and says how to go on', { timeout: 240_000 }, async () => {
  await using shell = await openShell({ pods: 5, width: 80, height: 24 });
  const { terminal } = shell;
  const before = await terminal.state();
  await shell.run('kubectl-bedrock rollout sts/web --image app=app:2 --max-unavailable 1 --min-ready 1s --yes');
  await terminal.shows(/[1-9] of 5 updated/);
  await terminal.press('q');
  await terminal.shows(/Leave\? sts\/web is left held/);
  await terminal.press('y');
  await terminal.shows(/go on: +kubectl bedrock resume sts\/web/);
  await shell.run('echo code $?');
  await terminal.shows(/code 3/);
  expect(await terminal.state()).toEqual(before);
  expect(shell.images().toSorted()).toEqual(['app:1', 'app:2']);
});
