/**
 * Makes the pictures of the README from real runs of the demo, in a terminal (tmux) of 80x24:
 *
 *     npm run build && npm run picture [-- demo leak]
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { svgOf } from './picture/svg.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/kubectl-bedrock');
const SIZE = { columns: 80, rows: 24 };
const LOOK_EVERY_MS = 150;
const PATIENCE_MS = 90_000;

interface Picture {
  scenario: string;
  title: string;
  /** The moment: the first screen that shows this. */
  shows: RegExp;
}

const PICTURES: Readonly<Record<string, Picture>> = {
  demo: {
    scenario: 'smooth',
    title: 'A rollout of 12 pods, four at once: five are at the new version',
    shows: /[56] of 12 updated · [34] on the way/,
  },
  alarm: {
    scenario: 'bad-image',
    title: 'The new image does not exist: the rollout stopped at the first pods, and says what each key would do',
    shows: /PAUSED: .*ImagePullBackOff/,
  },
  leak: {
    scenario: 'leak',
    title: 'OnDelete beside the fence after a node was drained: on the left what died came back new, on the right old',
    shows: /[1-9] leaked.*0 leaked[\s\S]*came back new on the left/,
  },
};

/** Runs the demo until the screen shows it. @throws where it never does */
async function capture({ scenario, shows }: Picture): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bedrock-picture-'));
  // the picture has colours, whatever the terminal of who makes it
  const env: NodeJS.ProcessEnv = { ...process.env, LANG: 'C.UTF-8' };
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'CI']) delete env[name];
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-S', join(folder, 'socket'), ...args], { env })).stdout;
  const size = ['-x', String(SIZE.columns), '-y', String(SIZE.rows)];
  const program = [process.execPath, PROGRAM, 'demo', '--scenario', scenario, '--yes'];
  try {
    await tmux('-f', '/dev/null', '-u', 'new-session', '-d', ...size, ...program);
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const plain = await tmux('capture-pane', '-p');
      if (shows.test(plain)) return withoutNames(await tmux('capture-pane', '-p', '-e'));
      if (performance.now() > until) throw new Error(`the demo ${scenario} never shows ${shows}:\n${plain}`);
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await tmux('kill-server').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** Who made the picture, and where, is nobody's business. */
function withoutNames(screen: string): string {
  return screen.replaceAll(`${userInfo().username}@${hostname().split('.')[0]}`, 'ann@laptop');
}

if (!existsSync(PROGRAM)) throw new Error('dist/kubectl-bedrock is missing: npm run build');
const names = process.argv.slice(2);
for (const [name, picture] of Object.entries(PICTURES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const path = join(ROOT, 'docs', `${name}.svg`);
  await writeFile(path, svgOf(await capture(picture), SIZE, picture.title));
  console.log(path);
}
