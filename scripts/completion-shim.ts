/**
 * The text of kubectl_complete-bedrock, which kubectl calls to complete `kubectl bedrock ...` (kubectl's
 * pkg/cmd/plugin_completion.go): it looks for kubectl-bedrock beside itself first, so that neither needs a PATH.
 */
export const COMPLETION_SHIM = `#!/bin/sh
here=$(dirname "$0")
if [ -x "$here/kubectl-bedrock" ]; then exec "$here/kubectl-bedrock" __complete "$@"; fi
exec kubectl-bedrock __complete "$@"
`;
