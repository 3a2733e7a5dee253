import { isDuration } from '../rollout/duration.ts';
import { UsageError } from '../rollout/errors.ts';
import { isCountOrPercent } from '../rollout/percent.ts';
import { RESOURCE } from '../rollout/resource.ts';

/** What yargs hands over: by flag name, in kebab form. */
export interface Values {
  [name: string]: unknown;
  _: (string | number)[];
}

export function textOf(values: Values, flag: string): string | null {
  const value = values[flag];
  if (value === undefined) return null;
  const text = String(value);
  if (text === '') throw new UsageError(`--${flag} needs a value`);
  return text;
}

export function isSet(values: Values, flag: string): boolean {
  return values[flag] === true;
}

/** "25", "25%", "12.5%" */
export function percentOf(values: Values, flag: string): number | null {
  const text = textOf(values, flag);
  if (text === null) return null;
  const percent = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent >= 0 && percent <= 100)) throw new UsageError(`--${flag} ${text}: write a percentage from 0 to 100`);
  return percent;
}

/** "4" or "25%", and more than nothing. */
export function countOf(values: Values, flag: string): string | null {
  const text = textOf(values, flag);
  if (text === null) return null;
  if (!isCountOrPercent(text))
    throw new UsageError(`--${flag} ${text}: write a number of pods or a percentage, such as 4 or 25%`);
  if (Number.parseFloat(text) === 0)
    throw new UsageError(`--${flag} ${text}: with none at once nothing would ever move; pause does that`);
  return text;
}

export function durationOf(values: Values, flag: string): string | null {
  const text = textOf(values, flag);
  if (text === null) return null;
  if (!isDuration(text)) throw new UsageError(`--${flag} ${text}: write a duration such as 30s, 5m or 1h30m`);
  return text;
}

export function revisionOf(values: Values, flag: string): number | null {
  const value = values[flag];
  if (value === undefined) return null;
  const revision = Number(value);
  if (!Number.isInteger(revision) || revision < 1) {
    throw new UsageError(`--${flag}: write the number of a revision, as kubectl bedrock history shows them`);
  }
  return revision;
}

/** "3..4", or "3" alone: from a revision to another one. */
export function revisionsOf(values: Values, flag: string): { from: number; to: number | null } | null {
  const text = textOf(values, flag);
  if (text === null) return null;
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  if (match === null) throw new UsageError(`--${flag} ${text}: write two revisions, as 3..4, or one`);
  return { from: Number(match[1]), to: match[2] === undefined ? null : Number(match[2]) };
}

const SET_KINDS = new Set([
  'sts',
  'statefulset',
  'statefulsets',
  'statefulset.apps',
  'statefulsets.apps',
  'statefulset.v1.apps',
  'statefulsets.v1.apps',
]);

const { group, version, plural, singular, shortName } = RESOURCE;
const RESOURCE_KINDS = new Set([
  shortName,
  singular,
  plural,
  ...[shortName, singular, plural].map((kind) => `${kind}.${group}`),
  `${plural}.${version}.${group}`,
]);

/** What was named: a set, or a StatefulsetRollout, which is about one. */
export interface Named {
  kind: 'set' | 'resource';
  name: string;
}

/** The name in `sts/NAME`, `statefulset NAME`, `NAME` or `sroll/NAME`; null where nothing was named. */
export function namedObject(words: readonly string[]): Named | null {
  if (words.length === 0) return null;
  const [first = '', ...rest] = words;
  const slash = first.indexOf('/');
  const [kind, names] =
    slash >= 0
      ? [first.slice(0, slash), [first.slice(slash + 1), ...rest]]
      : rest.length > 0
        ? [first, rest]
        : [null, [first]];
  const isResource = kind !== null && RESOURCE_KINDS.has(kind.toLowerCase());
  if (kind !== null && !isResource && !SET_KINDS.has(kind.toLowerCase())) {
    throw new UsageError(
      slash < 0
        ? `one StatefulSet at a time, such as sts/web (found: ${words.join(' ')})`
        : `${first} is not a StatefulSet: write sts/NAME`,
    );
  }
  const [name = '', ...others] = names;
  if (others.length > 0) throw new UsageError(`one StatefulSet at a time, such as sts/web (found: ${words.join(' ')})`);
  // a DNS subdomain, as every name of an object; anything else would be another path of the API
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} is not the name of a StatefulSet`);
  }
  return { kind: isResource ? 'resource' : 'set', name };
}
