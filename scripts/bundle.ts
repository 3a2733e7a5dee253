import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { COMMAND_NAMES } from '../src/commands/grammar.ts';
import { parseArgs } from '../src/commands/parse.ts';
import { printed } from '../src/commands/quick.ts';
import { TOPICS } from '../src/commands/topics.ts';

export const ROOT = resolve(import.meta.dirname, '..');

/**
 * Ink imports its devtools statically from a module that it only loads under DEV=true. Bundled, that import would be
 * tried, and fail, at start: react-devtools-core is not installed.
 */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export default {};' }));
  },
};

/** What yargs says of every command, so that `--help` is printed without loading yargs; and the pages of `help TOPIC`. */
const bakedHelp: Plugin = {
  name: 'baked-help',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]commands[\\/]baked-help\.ts$/ }, () => ({
      contents: `export const BAKED_HELP = ${JSON.stringify(helpOfAll())};`,
      loader: 'js',
    }));
    onLoad({ filter: /[\\/]commands[\\/]baked-topics\.ts$/ }, () => ({
      contents: `export const BAKED_TOPICS = ${JSON.stringify(topicTexts())};`,
      loader: 'js',
    }));
  },
};

function topicTexts(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(TOPICS).map((topic) => [topic, readFileSync(join(ROOT, `docs/${topic}.md`), 'utf8')]),
  );
}

/**
 * Loads each of Node's own modules when the code that uses it first runs. An ES module's imports are loaded before it runs,
 * and in a bundle of one file these are the imports of everything: 80 ms for a `--help` that needs none of them.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path }) => (isBuiltin(path) ? { path, namespace: 'builtin' } : undefined));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

function helpOfAll(): Record<string, string> {
  return Object.fromEntries(
    ['', ...COMMAND_NAMES].map((name) => {
      const parsed = parseArgs([...(name === '' ? [] : [name]), '--help']);
      if (parsed.kind !== 'help') throw new Error(`${name} --help is not help`);
      return [name, printed(parsed.text)];
    }),
  );
}

/**
 * Bundles the program into `folder`/main.mjs.
 * @param split whether what a command loads lazily lies in chunks of its own; else all is in the one file
 * @returns the paths of the sources in it, relative to the checkout
 * @throws where the program cannot be bundled, after esbuild has said why on standard error; nothing is left then
 */
export async function bundle(entry: string, folder: string, split: boolean): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  try {
    const { metafile } = await build({
      metafile: true,
      entryPoints: { main: entry },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: split,
      format: 'esm',
      platform: 'node',
      target: 'node22.19',
      jsx: 'automatic',
      minifySyntax: true,
      minifyWhitespace: !split,
      minifyIdentifiers: !split,
      keepNames: !split,
      sourcemap: split ? 'linked' : false,
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'warning',
      absWorkingDir: ROOT,
      nodePaths: [join(ROOT, 'node_modules')],
      // React's development build is slower and records a performance entry for every render, for ever.
      define: { 'process.env.NODE_ENV': '"production"' },
      banner: {
        // For the CommonJS modules in the bundle, which require node's own.
        js: "import { createRequire as bedrockRequire } from 'node:module'; const require = bedrockRequire(import.meta.url);",
      },
      plugins: [withoutDevtools, bakedHelp, ...(split ? [] : [lazyBuiltins])],
    });
    return Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
