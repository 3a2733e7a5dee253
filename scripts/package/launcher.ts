/**
 * The program of a `launcher` archive: starts the node beside it. krew and people put a symbolic link to it on the PATH, so
 * it looks for itself behind any links; without `readlink -f`, which macOS got only in 12.3.
 */
export const SHELL_LAUNCHER = `#!/bin/sh
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=$(dirname "$self")/$link ;;
  esac
done
here=$(cd "$(dirname "$self")" && pwd -P)
unset NODE_OPTIONS
exec "$here/node" "$here/lib/main.mjs" "$@"
`;
