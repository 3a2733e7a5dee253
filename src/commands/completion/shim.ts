/** Its name is kubectl's: the plugin's own with `_complete` after "kubectl" (pkg/cmd/plugin_completion.go). */
export const SHIM_NAME = 'kubectl_complete-bedrock';

/**
 * The program that kubectl calls to complete `kubectl bedrock ...`. It looks for kubectl-bedrock beside itself first, so
 * that neither needs a PATH.
 */
export const SHIM = `#!/bin/sh
here=$(dirname "$0")
if [ -x "$here/kubectl-bedrock" ]; then exec "$here/kubectl-bedrock" __complete "$@"; fi
exec kubectl-bedrock __complete "$@"
`;
