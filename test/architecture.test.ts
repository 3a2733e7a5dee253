import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONGEST_FILE, violations } from './architecture/rules.ts';

const root = join(import.meta.dirname, '..');

describe('the structure of src/', () => {
  it('follows ARCHITECTURE.md', () => {
    const files = new Map<string, string>();
    for (const entry of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
      const path = `src/${entry.replaceAll('\\', '/')}`;
      if (/\.tsx?$/.test(path)) files.set(path, readFileSync(join(root, path), 'utf8'));
    }
    expect(files.size).toBeGreaterThan(10);
    expect(violations(files)).toEqual([]);
  });

  it('names no registry in package-lock.json', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/);
  });
});

/** Each rule, broken by the smallest example. */
describe('the rules', () => {
  const check = (files: Record<string, string>): string[] => violations(new Map(Object.entries(files)));

  it('are content with a good example', () => {
    expect(
      check({
        'src/main.ts': "import yargs from 'yargs'; void yargs; void (await import('./commands/rollout.ts'));",
        'src/commands/rollout.ts': "import '../executor/run.ts'; import '../ui/app.tsx';",
        'src/commands/demo.ts': "import '../simulator/server.ts';",
        'src/executor/run.ts': "import '../cluster/api.ts'; import '../rollout/decide.ts';",
        'src/ui/app.tsx':
          "import { Text } from 'ink'; import type { A } from '../rollout/decide.ts'; export const x: A = <Text>Date.now</Text>;",
        'src/cluster/api.ts': "import '@kubernetes/client-node'; import '../rollout/decide.ts';",
        'src/simulator/server.ts': "import '../cluster/api.ts';",
        'src/rollout/decide.ts':
          "import { z } from 'zod'; export type A = { process: 1; now: Date }; export const a = (o: A) => new Date(o.process); z;",
      }),
    ).toEqual([]);
  });

  it.each([
    ["import 'node:fs';", 'imports node:fs'],
    ["import type { KubeConfig } from '@kubernetes/client-node';", 'imports @kubernetes/client-node'],
    ["export { render } from 'ink';", 'imports ink'],
    ["export * from 'react';", 'imports react'],
    ["export type A = import('yargs').Argv;", 'imports yargs'],
    ["void import('undici');", 'imports undici'],
    ['const name = String(1); void import(name);', 'imports (computed)'],
    ["require('fs');", 'uses require'],
    ['Date.now();', 'uses Date.now'],
    ["Date['now']();", 'uses Date.now'],
    ['const { now } = Date; now();', 'uses Date by another name'],
    ['new Date();', 'uses new Date()'],
    ['Date();', 'uses Date()'],
    ['performance.now();', 'uses performance'],
    ['setTimeout(() => {}, 1);', 'uses setTimeout'],
    ['const later = setInterval; later;', 'uses setInterval'],
    ['const { random } = Math; random();', 'uses Math by another name'],
    ['Math.random();', 'uses Math.random'],
    ['process.exit();', 'uses process'],
    ['const o = { process }; o;', 'uses process'],
    ['globalThis.Date;', 'uses globalThis'],
  ])('keep rollout pure: %s', (text, word) => {
    expect(check({ 'src/rollout/a.ts': text })).toEqual([expect.stringContaining(`src/rollout/a.ts: ${word}`)]);
  });

  it.each([
    ['src/rollout/a.ts', 'src/cluster/b.ts'],
    ['src/cluster/a.ts', 'src/executor/b.ts'],
    ['src/gates/a.ts', 'src/cluster/b.ts'],
    ['src/notify/a.ts', 'src/gates/b.ts'],
    ['src/ui/a.tsx', 'src/cluster/b.ts'],
    ['src/ui/a.tsx', 'src/executor/b.ts'],
    ['src/executor/a.ts', 'src/ui/b.ts'],
    ['src/executor/a.ts', 'src/commands/b.ts'],
    ['src/simulator/a.ts', 'src/executor/b.ts'],
    ['src/simulator/a.ts', 'src/cluster/b.ts'],
    ['src/commands/rollout.ts', 'src/simulator/b.ts'],
    ['src/main.ts', 'src/simulator/b.ts'],
  ])('let no arrow point from %s to %s', (from, to) => {
    const specifier = from === 'src/main.ts' ? './simulator/b.ts' : `../${to.slice('src/'.length)}`;
    for (const text of [
      `import '${specifier}';`,
      `import type { B } from '${specifier}';`,
      `void import('${specifier}');`,
    ]) {
      expect(check({ [from]: text, [to]: '' })).toEqual([expect.stringContaining(`${from}: imports ${to}`)]);
    }
  });

  it('know every part', () => {
    expect(check({ 'src/helpers/a.ts': '' })).toEqual([expect.stringContaining('helpers is not a part')]);
  });

  it('ask for imports that exist, with their extension', () => {
    expect(check({ 'src/ui/a.ts': "import './b';", 'src/ui/b.ts': '' })).toEqual([
      expect.stringContaining('imports ./b,'),
    ]);
  });

  it('allow no cycle, not even of types', () => {
    const files = {
      'src/ui/a.ts': "import './b.ts';",
      'src/ui/b.ts': "import type { C } from './c.ts';",
      'src/ui/c.ts': "void import('./a.ts');",
    };
    expect(check(files)).toEqual(['a cycle: src/ui/a.ts -> src/ui/b.ts -> src/ui/c.ts -> src/ui/a.ts']);
  });

  it('let --help load neither the Kubernetes client nor React', () => {
    const heavy = {
      'src/main.ts': "import './commands/a.ts';",
      'src/commands/a.ts': "import { Box } from 'ink'; Box;",
    };
    expect(check(heavy)).toEqual(['src/commands/a.ts: every command, also --help, loads ink']);
    const types = { ...heavy, 'src/commands/a.ts': "import type { ReactNode } from 'react'; void import('ink');" };
    expect(check(types)).toEqual([]);
  });

  it('allow no long file', () => {
    expect(check({ 'src/ui/a.ts': '\n'.repeat(LONGEST_FILE) })).toEqual([]);
    expect(check({ 'src/ui/a.ts': '\n'.repeat(LONGEST_FILE + 1) })).toEqual([expect.stringContaining('401 lines')]);
  });

  it('refuse what does not parse', () => {
    expect(() => check({ 'src/ui/a.ts': 'import {' })).toThrow('src/ui/a.ts');
  });
});
