export interface CelRule {
  rule: string;
  message: string;
}

/** Where the schema of a custom resource carries its rules in CEL. */
export const CEL_RULES = 'x-kubernetes-validations';

/** For `.meta()` beside a `.refine()`: the same rule, as an API server checks it. */
export function celRule(rule: string, message: string): { [CEL_RULES]: CelRule[] } {
  return { [CEL_RULES]: [{ rule, message }] };
}

/** A text of a limited length, which is what makes a rule of a pattern cheap enough for the API server. */
export const SHORT_TEXT = 256;

/** For `.meta()` beside a `.refine()` by a pattern: says the words, where `pattern` would answer with itself. */
export function celPattern(pattern: string, message: string) {
  return { maxLength: SHORT_TEXT, ...celRule(`self.matches(r'${pattern}')`, message) };
}
