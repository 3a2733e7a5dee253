import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launcher, OLDEST_NODE } from '../../scripts/launcher.ts';

describe('the launcher', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bedrock-launcher-'));
    writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (text: string, program: string, ...args: string[]) => {
    writeFileSync(join(folder, 'kubectl-bedrock'), text);
    writeFileSync(join(folder, 'main.mjs'), program);
    return spawnSync(process.execPath, [join(folder, 'kubectl-bedrock'), ...args], { encoding: 'utf8' });
  };

  it('loads the program', () => {
    const { status, stdout } = start(
      launcher(),
      'console.log("ran", process.argv.slice(2)); process.exitCode = 3;',
      'a',
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: "ran [ 'a' ]\n" });
  });

  it('tells a Node that is too old in one line', () => {
    for (const oldest of [
      { major: 99, minor: 0 },
      { major: Number(process.versions.node.split('.')[0]), minor: 999 },
    ]) {
      const { status, stdout, stderr } = start(launcher(oldest), 'console.log("ran");');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toBe(
        `error: kubectl-bedrock needs Node ${oldest.major}.${oldest.minor} or newer, and this is ${process.versions.node} (${process.execPath})\n`,
      );
    }
  });

  it('asks for the Node that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(engines.node).toBe(`>=${OLDEST_NODE.major}.${OLDEST_NODE.minor}`);
  });

  it('says what happened where the program does not load', () => {
    const { status, stderr } = start(launcher(), 'throw new Error("boom");');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: kubectl-bedrock does not start: Error: boom\n/);
  });

  it.each([['-v=6'], ['-v', '7'], ['--v=10']])('reads source maps for %s', (...args) => {
    const program = 'console.log(process.sourceMapsEnabled);';
    expect(start(launcher(), program, ...args).stdout).toBe('true\n');
    expect(start(launcher(), program, '-v=5', '--version', '8').stdout).toBe('false\n');
  });
});
