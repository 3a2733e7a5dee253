/** What a shell is given for the plain name: `source <(kubectl-bedrock completion bash)`. */
export const SHELL_SCRIPTS = {
  bash: `# bash completion of kubectl-bedrock
_kubectl_bedrock() {
  local line cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) compopt -o default 2> /dev/null ;;
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(kubectl-bedrock __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
  # --flag=value: bash replaces only what follows the =
  if [[ $cur != *=* && \${COMP_WORDS[COMP_CWORD - 1]} == "=" ]]; then COMPREPLY=("\${COMPREPLY[@]#*=}"); fi
}
complete -F _kubectl_bedrock kubectl-bedrock
`,
  zsh: `#compdef kubectl-bedrock
# zsh completion of kubectl-bedrock
_kubectl_bedrock() {
  local line
  local -a found
  while IFS= read -r line; do
    case $line in
      :0) _files ;;
      :*) ;;
      *$'\\t'*) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done < <(kubectl-bedrock __complete "\${(@)words[2,CURRENT]}" 2> /dev/null)
  _describe 'kubectl-bedrock' found
}
compdef _kubectl_bedrock kubectl-bedrock
`,
  fish: `# fish completion of kubectl-bedrock
function __kubectl_bedrock
  set -l words (commandline -opc) (commandline -ct)
  for line in (kubectl-bedrock __complete $words[2..-1] 2> /dev/null)
    switch $line
      case ':0'
        __fish_complete_path (commandline -ct)
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c kubectl-bedrock -f -a '(__kubectl_bedrock)'
`,
} as const;
