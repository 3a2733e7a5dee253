import { stringify } from 'yaml';
import type { Json } from '../rollout/json.ts';

/** What JSON leaves as it is and a terminal may obey: C1 controls, separators, bidi overrides and their like. */
const STEERING = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Cf}\p{Cs}\p{Co}]/gu;

/**
 * As JSON, all of it, and with nothing in it that could steer the terminal on which somebody reads it.
 * @param indent 0 for one line
 */
export function jsonText(value: Json, indent = 2): string {
  return escaped(JSON.stringify(value, null, indent));
}

/** As YAML; quoted throughout where something in it has to be escaped. */
export function yamlText(value: Json): string {
  const text = stringify(value).trimEnd();
  if (text.search(STEERING) < 0) return text;
  return escaped(stringify(value, { defaultStringType: 'QUOTE_DOUBLE' }).trimEnd());
}

function escaped(text: string): string {
  return text.replace(STEERING, (char) =>
    // by code units: JSON knows no longer escapes
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}
