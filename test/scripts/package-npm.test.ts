import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/bundle.ts';

/** As a stranger's shell: no modules but those that npm installs there, and this very Node. */
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  npm_config_update_notifier: 'false',
};

function sh(folder: string, program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', shell: process.platform === 'win32' });
}

describe('the npm package, installed into an empty folder', () => {
  let folder: string;
  let project: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedrock-npm-'));
    project = join(folder, 'project');
    mkdirSync(project);
    const script = join(ROOT, 'scripts/package-npm.ts');
    sh(ROOT, process.execPath, '--import', 'tsx', script, '--folder', join(folder, 'package'));
    sh(folder, 'npm', 'pack', '--silent', join(folder, 'package'));
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    // everything that it uses is in it: nothing is fetched
    sh(project, 'npm', 'install', '--offline', '--no-audit', '--no-fund', '--silent', join(folder, tarball));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is run by npx', () => {
    const help = sh(project, 'npx', '--no-install', 'kubectl-bedrock', '--help');
    expect(help).toContain('Roll a StatefulSet out, live');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(sh(project, 'npx', '--no-install', 'kubectl-bedrock', 'version')).toBe(`kubectl-bedrock ${version}\n`);
  });

  it('does what needs more of it than its help', () => {
    const shown = sh(project, 'npx', '--no-install', 'kubectl-bedrock', 'completion', 'bash');
    expect(shown).toContain('kubectl-bedrock');
  });

  it('brings its licence, the libraries in it, and no dependency', () => {
    const installed = join(project, 'node_modules/kubectl-bedrock');
    expect(readdirSync(installed)).toEqual(
      expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'plugin-manifest']),
    );
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'kubectl-bedrock',
    ]);
  });
});
