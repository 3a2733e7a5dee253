/**
 * Builds dist/kubectl-bedrock: a small launcher, and beside it the program as ES modules in chunks, so that a command
 * loads only what it uses (`--help` neither the Kubernetes client nor React).
 *
 *     tsx scripts/build.ts [ENTRY [FOLDER]]
 */
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { launcher } from './launcher.ts';

const root = resolve(import.meta.dirname, '..');
const entry = resolve(process.argv[2] ?? join(root, 'src/main.ts'));
const folder = resolve(process.argv[3] ?? join(root, 'dist'));

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

// Built beside and put in place when it is whole: a build that fails leaves the last one, and no chunk of an earlier
// build stays for ever.
const next = `${folder}.next`;
await rm(next, { recursive: true, force: true });
await mkdir(next, { recursive: true });
await build({
  entryPoints: { main: entry },
  outdir: next,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  jsx: 'automatic',
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
  absWorkingDir: root,
  nodePaths: [join(root, 'node_modules')],
  // React's development build is slower and records a performance entry for every render, for ever.
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: {
    // For the CommonJS modules in the bundle, which require node's own.
    js: "import { createRequire as bedrockRequire } from 'node:module'; const require = bedrockRequire(import.meta.url);",
  },
  plugins: [withoutDevtools],
}).catch(async () => {
  // esbuild has said it all.
  await rm(next, { recursive: true, force: true });
  process.exit(1);
});
// The launcher must be read as CommonJS by a Node of any age: only then can it say that the Node is too old.
await writeFile(join(next, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
await writeFile(join(next, 'kubectl-bedrock'), launcher());
await chmod(join(next, 'kubectl-bedrock'), 0o755);
await rm(folder, { recursive: true, force: true });
await rename(next, folder);
