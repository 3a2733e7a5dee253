/** The oldest Node that runs the bundle: its HTTP client (undici 8) needs that one. As package.json's engines. */
export const OLDEST_NODE = { major: 22, minor: 19 };

/**
 * The text of dist/kubectl-bedrock: it tells a Node that is too old in one line, and otherwise loads the program. In the
 * syntax of ten years ago, so that such a Node gets as far as telling.
 */
export function launcher(oldest = OLDEST_NODE): string {
  return `#!/usr/bin/env node
'use strict';
var version = process.versions.node.split('.');
if (+version[0] < ${oldest.major} || (+version[0] === ${oldest.major} && +version[1] < ${oldest.minor})) {
  process.stderr.write(
    'error: kubectl-bedrock needs Node ${oldest.major}.${oldest.minor} or newer, and this is ' + process.versions.node + ' (' + process.execPath + ')\\n'
  );
  process.exitCode = 1;
} else {
  // Source maps cost 100 ms and more to read: only for who asks for stack traces.
  if (process.argv.some(function (word, i) { return /^(-v|--v)=?([6-9]|10)$/.test(/^--?v$/.test(word) ? word + process.argv[i + 1] : word); })) {
    process.setSourceMapsEnabled(true);
  }
  import('./main.mjs').catch(function (error) {
    process.stderr.write('error: kubectl-bedrock does not start: ' + (error && error.stack || error) + '\\n');
    process.exitCode = 1;
  });
}
`;
}
