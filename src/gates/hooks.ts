import type { HookMoment } from '../rollout/gate-spec.ts';
import { plainText } from '../rollout/plain-text.ts';
import type { Outside } from './outside.ts';

/** Which pod a hook is asked for. */
export interface HookSubject {
  moment: HookMoment;
  namespace: string;
  statefulSet: string;
  pod: string;
  uid: string;
  ordinal: number;
  revision: string;
  ip: string | null;
}

export interface HookVerdict {
  agreed: boolean;
  /** Why not; the last it said, where it said anything. */
  words: string;
}

/** Of its output: the end, where the reason is. */
const WORDS_KEPT = 300;

/**
 * What is run in the container. A text is a shell's, with the subject in its environment; in a list `$(NAME)` stands for
 * the same variables, as in the command of a container.
 */
export function hookCommand(command: string | readonly string[], subject: HookSubject): string[] {
  const variables = hookVariables(subject);
  if (typeof command !== 'string') {
    return command.map((word) =>
      word.replace(/\$\(([A-Z_]+)\)/g, (whole: string, name: string) => variables[name] ?? whole),
    );
  }
  const names = Object.keys(variables);
  const exported = names.map((name, index) => `${name}="$${index + 1}"`).join(' ');
  // as arguments, so that nothing of a name is ever read as shell
  return ['/bin/sh', '-c', `export ${exported}; exec /bin/sh -c "$0"`, command, ...Object.values(variables)];
}

export function hookVariables(subject: HookSubject): Record<string, string> {
  return {
    BEDROCK_HOOK: `${subject.moment}-pod`,
    BEDROCK_NAMESPACE: subject.namespace,
    BEDROCK_STATEFULSET: subject.statefulSet,
    BEDROCK_POD: subject.pod,
    BEDROCK_UID: subject.uid,
    BEDROCK_ORDINAL: String(subject.ordinal),
    BEDROCK_REVISION: subject.revision,
    BEDROCK_ADDRESS: subject.ip ?? '',
  };
}

export function execVerdict({ exitCode, output }: { exitCode: number; output: string }): HookVerdict {
  const said = lastWords(output);
  if (exitCode === 0) return { agreed: true, words: said };
  return { agreed: false, words: said === '' ? `exit status ${exitCode}` : `exit status ${exitCode}: ${said}` };
}

/** Calls the hook by HTTP: any 2xx agrees. @throws Error where no answer came */
export async function callHook(
  outside: Outside,
  url: string,
  subject: HookSubject,
  signal: AbortSignal,
): Promise<HookVerdict> {
  const { moment, ip, ...rest } = subject;
  const body = JSON.stringify({ hook: `${moment}-pod`, ...rest, address: ip });
  const headers = { 'content-type': 'application/json' };
  const answer = await outside.call({ method: 'POST', url, headers, body, signal });
  const said = lastWords(answer.text);
  if (answer.status >= 200 && answer.status < 300) return { agreed: true, words: said };
  return { agreed: false, words: said === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}` };
}

export function lastWords(output: string): string {
  const words = plainText(output);
  return words.length > WORDS_KEPT ? `...${words.slice(-WORDS_KEPT)}` : words;
}
