import { posix } from 'node:path';
import { type Import, type Scan, scan } from './scan.ts';

/** Longer, and a file no longer fits in one head. */
export const LONGEST_FILE = 400;

/**
 * Who may know whom (ARCHITECTURE.md): a part of src/ and the parts it may import besides itself. A name with a slash
 * is one file of a part. Types count: an arrow of types is an arrow.
 */
const ARROWS: Record<string, '*' | string[]> = {
  'main.ts': '*',
  commands: '*',
  ui: ['rollout'],
  operator: ['executor', 'cluster', 'gates', 'notify', 'rollout'],
  install: ['rollout'],
  executor: ['cluster', 'gates', 'notify', 'rollout'],
  cluster: ['rollout'],
  gates: ['rollout'],
  notify: ['rollout'],
  simulator: ['cluster/api.ts', 'rollout'],
  rollout: [],
};

/** What `--help` must not pay for. */
const HEAVY = /^(@kubernetes\/client-node|@slack\/[a-z-]+|react|ink)(\/|$)/;

interface Source extends Scan {
  path: string;
  /** Paths of the files of src/ that are imported, with how. */
  targets: { path: string; kind: Import['kind'] }[];
}

/**
 * Everything wrong with the structure of `files` (path from the repository's root -> text, all of src/), a line each:
 * "src/rollout/a.ts: imports node:fs". Empty when all is well.
 */
export function violations(files: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = [];
  const sources = new Map<string, Source>();
  for (const [path, text] of files) {
    const found = scan(path, text);
    const targets: Source['targets'] = [];
    for (const { specifier, kind } of found.imports) {
      if (!specifier.startsWith('.')) continue;
      const target = posix.join(posix.dirname(path), specifier);
      if (files.has(target)) targets.push({ path: target, kind });
      else wrong.push(`${path}: imports ${specifier}, which is no file of src/`);
    }
    sources.set(path, { ...found, path, targets });
  }
  for (const source of sources.values()) wrong.push(...size(source), ...arrows(source), ...purity(source));
  return [...wrong, ...cycles(sources), ...start(sources)];
}

function size({ path, lines }: Source): string[] {
  return lines > LONGEST_FILE ? [`${path}: ${lines} lines, more than ${LONGEST_FILE}`] : [];
}

function arrows({ path, targets }: Source): string[] {
  const from = part(path);
  const allowed = ARROWS[from];
  if (allowed === undefined) return [`${path}: ${from} is not a part that ARCHITECTURE.md knows`];
  return targets.flatMap(({ path: target }) => {
    const to = part(target);
    if (to === from) return [];
    // The product runs without its own test bed, but for the command that shows it.
    if (to === 'simulator')
      return /^src\/commands\/demo\b/.test(path) ? [] : [`${path}: imports ${target}: only demo may`];
    if (allowed === '*' || allowed.includes(to) || allowed.includes(target.slice('src/'.length))) return [];
    return [`${path}: imports ${target}: ${from} does not know ${to}`];
  });
}

/** src/rollout is a function of what it is given: the same answer in a simulation, in a test and at three at night. */
function purity({ path, imports, impure }: Source): string[] {
  if (part(path) !== 'rollout') return [];
  const foreign = imports
    .map(({ specifier }) => specifier)
    .filter((name) => !name.startsWith('.') && !/^zod(\/|$)/.test(name));
  return [
    ...foreign.map((name) => `${path}: imports ${name}: rollout is pure`),
    ...impure.map((name) => `${path}: uses ${name}: rollout is pure`),
  ];
}

function cycles(sources: ReadonlyMap<string, Source>): string[] {
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push(`a cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    state.set(path, 'open');
    trail.push(path);
    for (const target of sources.get(path)?.targets ?? []) visit(target.path);
    trail.pop();
    state.set(path, 'done');
  };
  for (const path of sources.keys()) visit(path);
  return found;
}

function start(sources: ReadonlyMap<string, Source>): string[] {
  const reached = new Set(['src/main.ts']);
  const found: string[] = [];
  for (const path of reached) {
    const source = sources.get(path);
    for (const { path: target, kind } of source?.targets ?? []) if (kind === 'static') reached.add(target);
    for (const { specifier, kind } of source?.imports ?? []) {
      if (kind === 'static' && HEAVY.test(specifier))
        found.push(`${path}: every command, also --help, loads ${specifier}`);
    }
  }
  return found;
}

function part(path: string): string {
  return path.split('/')[1] ?? path;
}
