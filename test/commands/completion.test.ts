import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidatesFor } from '../../src/commands/completion/candidates.ts';
import { complete } from '../../src/commands/completion/complete.ts';
import { completion } from '../../src/commands/completion/completion.ts';
import { SHELL_SCRIPTS } from '../../src/commands/completion/scripts.ts';
import { COMMAND_NAMES } from '../../src/commands/grammar.ts';
import { run as runProgram } from '../e2e/harness/command.ts';
import { fakeHost } from './fake-host.ts';

describe('candidatesFor', () => {
  const texts = (...words: string[]) => candidatesFor(words).words.map(({ text }) => text);

  it('offers the commands first', () => {
    expect(texts('')).toEqual(COMMAND_NAMES);
    expect(texts('ro')).toEqual(['rollout', 'rollback']);
    expect(texts('-n', 'web', 'stat')).toEqual(['status']);
  });

  it('offers the flags of the command, and kubectl’s', () => {
    expect(texts('rollout', 'sts/web', '--max')).toEqual(['--max-unavailable']);
    expect(texts('status', '--cont')).toEqual(['--context']);
    expect(texts('status', '--max')).toEqual([]);
  });

  it('offers the values that a flag may have', () => {
    expect(texts('rollout', '--on-failure', '')).toEqual(['pause', 'rollback']);
    expect(texts('rollout', '--on-failure=')).toEqual(['--on-failure=pause', '--on-failure=rollback']);
    expect(texts('rollout', '--percent', '')).toEqual([]);
    expect(texts('completion', '')).toEqual(['bash', 'zsh', 'fish', 'install', 'uninstall']);
  });

  it.each([
    [['rollout', ''], 'statefulsets', 'sts/'],
    [['rollout', 'statefulset/w'], 'statefulsets', 'statefulset/'],
    [['status', 'sts', ''], 'statefulsets', ''],
    [['status', '-n', ''], 'namespaces', ''],
    [['status', '--namespace=pay'], 'namespaces', '--namespace='],
    [['--context', ''], 'contexts', ''],
  ])('asks for names after %j', (words, of, after) => {
    expect(candidatesFor(words).names).toEqual({ of, after });
  });

  it('asks for one StatefulSet, and for files where files are meant', () => {
    expect(candidatesFor(['rollout', 'sts/web', ''])).toEqual({ words: [], names: null, files: false });
    expect(candidatesFor(['list', ''])).toEqual({ words: [], names: null, files: false });
    expect(candidatesFor(['rollout', '-f', '']).files).toBe(true);
  });
});

describe('completion', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bedrock-completion-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('says what it found in the protocol of kubectl, and nothing but the directive where no cluster answers', async () => {
    const host = fakeHost({ env: { XDG_CACHE_HOME: folder } });
    expect(await complete(['rollout', '--strategy', 'f'], host)).toBe(0);
    expect(host.out()).toBe('fence\n:4\n');
    const lost = fakeHost({ env: { XDG_CACHE_HOME: folder, KUBECONFIG: '/nowhere' } });
    expect(await complete(['rollout', 'sts/'], lost)).toBe(0);
    expect(lost.out()).toBe(':4\n');
  });

  it('puts the shim beside the plugin, where kubectl looks for it', async () => {
    const host = fakeHost({ env: { PATH: `/nowhere:${folder}` } });
    await expect(completion({ command: 'completion', what: 'install' }, host)).rejects.toThrow(/install the plugin/);
    // a plugin that only says how it was called
    await writeFile(join(folder, 'kubectl-bedrock'), '#!/bin/sh\nprintf "%s|" "$@"\n');
    await chmod(join(folder, 'kubectl-bedrock'), 0o755);
    expect(await completion({ command: 'completion', what: 'install' }, host)).toBe(0);
    const shim = join(folder, 'kubectl_complete-bedrock');
    expect((await stat(shim)).mode & 0o777).toBe(0o755);
    expect((await runProgram(shim, ['rollout', 'a b', ''])).stdout).toBe('__complete|rollout|a b||');
    expect(await completion({ command: 'completion', what: 'uninstall' }, host)).toBe(0);
    await expect(stat(shim)).rejects.toThrow(/ENOENT/);
  });

  it('has a script for bash that completes words, flags and values', async () => {
    const program = [
      '#!/bin/sh',
      'case "$*" in',
      '  "__complete rollout sts/") printf "sts/web\\nsts/db\\tthe database\\n:4\\n" ;;',
      '  "__complete rollout --on-failure") printf ":4\\n" ;;',
      'esac',
    ];
    await writeFile(join(folder, 'kubectl-bedrock'), program.join('\n'));
    await chmod(join(folder, 'kubectl-bedrock'), 0o755);
    await writeFile(join(folder, 'script'), SHELL_SCRIPTS.bash);
    const lines = [
      `source ${folder}/script`,
      'COMP_WORDS=(kubectl-bedrock rollout sts/) COMP_CWORD=2',
      '_kubectl_bedrock',
      `printf "%s\\n" "\${COMPREPLY[@]}"`,
    ];
    const { stdout, stderr } = await runProgram('bash', ['--norc', '-c', lines.join('\n')], {
      env: { PATH: `${folder}:${process.env.PATH}` },
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'sts/web\nsts/db\n', stderr: '' });
    expect(await readFile(join(folder, 'script'), 'utf8')).toContain('complete -F');
  });
});
