import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, ROOT } from '../../scripts/bundle.ts';
import { COMPATIBLE, type Library, librariesOf, noticeOf } from '../../scripts/package/libraries.ts';
import { COMMAND_NAMES } from '../../src/commands/grammar.ts';
import { parseArgs } from '../../src/commands/parse.ts';
import { printed } from '../../src/commands/quick.ts';

describe('the bundle of an executable', () => {
  let folder: string;
  let libraries: Library[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bedrock-bundle-'));
    libraries = await librariesOf(await bundle(join(ROOT, 'src/main.ts'), join(folder, 'bundle'), false));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    execFileSync(process.execPath, [join(folder, 'bundle/main.mjs'), ...args], { encoding: 'utf8' });

  it('says the version of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(run('version')).toBe(`kubectl-bedrock ${version}\n`);
  });

  it.each([[''], ['rollout'], ['status']])('says the help of %j without yargs, as yargs does', (name) => {
    const argv = [...(name === '' ? [] : [name]), '--help'];
    const parsed = parseArgs(argv);
    expect(run(...argv)).toBe(parsed.kind === 'help' ? printed(parsed.text) : '');
    expect(COMMAND_NAMES).toContain(name || 'rollout');
  });

  it('leaves to yargs what is more than asking for help', () => {
    expect(run('rollout', 'sts/web', '--help')).toContain('--max-unavailable');
  });

  it('holds libraries of compatible licences only, and NOTICE names them all (npm run notice)', () => {
    expect(libraries.filter(({ license }) => !COMPATIBLE.has(license))).toEqual([]);
    expect(readFileSync(join(ROOT, 'NOTICE'), 'utf8')).toBe(noticeOf(libraries));
  });
});
